"""Whose memory is looked at: one view shows what one credential asked, and never that of two."""

from collections import Counter
from collections.abc import Iterable, Sequence

from flask import request
from msgspec import Struct

from addon.credential import SHARED
from tree.explaining.explanation import Decided


class Tenant(Struct, frozen=True):
    """Somebody whose requests are remembered."""

    name: str
    """Keyed hash of the credential; empty for requests that could not be read."""
    decisions: int
    models: Sequence[str]

    @property
    def words(self) -> str:
        """For a person, who knows the credential but not its hash: what it was used for."""
        if self.name == SHARED:
            return "everybody"
        who = f"credential {self.name[:6]}" if self.name else "requests that could not be read"
        models = f" · {', '.join(self.models[:2])}" if self.models else ""
        return f"{who}{models}{' …' if len(self.models) > 2 else ''}"  # noqa: PLR2004


def tenants(log: Iterable[Decided]) -> list[Tenant]:
    """Those in a log of decisions, the one that asked last first."""
    number: Counter[str] = Counter()
    models: dict[str, set[str]] = {}
    for one in log:
        number[one.tenant] += 1
        models.setdefault(one.tenant, set()).update([one.model] * bool(one.model))
    # Those that nothing is known of say least: last.
    names = sorted(number, key=lambda name: not name)
    return [Tenant(name, number[name], sorted(models[name])) for name in names]


def chosen(log: Iterable[Decided]) -> tuple[list[Tenant], Tenant | None]:
    """Everybody in the log, and whose memory is asked for: whoever asked last, where nobody is named."""
    everybody = tenants(log)
    name = request.args.get("of")
    if name is None:
        return everybody, everybody[0] if everybody else None
    return everybody, next((one for one in everybody if one.name == name), None)
