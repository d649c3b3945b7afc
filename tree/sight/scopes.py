"""Scopes in words: what was asked for beside the messages, and what sets one apart from others of its model."""

from collections.abc import Iterable, Iterator, Sequence

from tree.canonical import canonical_json
from tree.message import Json, Scope

_NAMED = 6
_VALUE_CHARS = 40
_MEMBERS = 8
_TOOLS = ("tools", "functions", "functionDeclarations", "function_declarations")


def tool_names(settings: Json) -> tuple[str, ...]:
    """The tools that requests of a scope offer, by name, in their order; whatever the API calls them."""
    return tuple(dict.fromkeys(_named(_members(settings), within=False)))


def settings_words(scope: Scope) -> str:
    """A scope's settings in a line: its tools by name, then its simple settings."""
    tools = tool_names(scope.settings)
    said = [_tools_words(tools)] if tools else []
    said += [f"{key} {_shown(value)}" for key, value in _simple(_members(scope.settings))]
    return "; ".join(said) or "no tools, and nothing set"


def difference_words(scope: Scope, usual: Scope) -> str:
    """What sets a scope apart from another one of its model; empty where nothing does."""
    said = []
    if scope.tenant != usual.tenant:
        said.append("another credential")
    ours, theirs = tool_names(scope.settings), tool_names(usual.settings)
    added, gone = [n for n in ours if n not in theirs], [n for n in theirs if n not in ours]
    said += [f"with {_listed(added)}"] if added else []
    said += [f"without {_listed(gone)}"] if gone else []
    mine, other = _members(scope.settings), _members(usual.settings)
    changed = [
        key
        for key in dict.fromkeys((*mine, *other))
        if _bytes(mine.get(key)) != _bytes(other.get(key))
    ]
    for key in changed[:_MEMBERS]:
        if key in _TOOLS and (added or gone):
            continue
        said.append(_change(key, mine.get(key), other.get(key)))
    return "; ".join(said)


def _members(settings: Json) -> dict[str, Json]:
    """What is set, by name: a codec that keeps the parts of a request apart has it one level down, beside the rest."""
    if not isinstance(settings, dict):
        return {}
    out: dict[str, Json] = {}
    for key, value in settings.items():
        inner = value if isinstance(value, dict) and key not in _TOOLS else {key: value}
        out |= {name: one for name, one in inner.items() if one not in ([], {})}
    return out


def _change(key: str, mine: Json, other: Json) -> str:
    if key in _TOOLS:
        return "tools described or ordered otherwise"
    if mine is None:
        return f"no {key}"
    if isinstance(mine, dict | list) or isinstance(other, dict | list):
        return f"another {key}"
    return (
        f"{key} {_shown(mine)}" if other is None else f"{key} {_shown(mine)}, not {_shown(other)}"
    )


def _named(value: Json, *, within: bool) -> Iterator[str]:
    """Names below any member that holds tools."""
    if isinstance(value, list):
        for item in value:
            yield from _named(item, within=within)
    elif isinstance(value, dict):
        name = value.get("name")
        if within and isinstance(name, str):
            yield name
            return
        for key, inner in value.items():
            if within or key in _TOOLS:
                yield from _named(inner, within=True)


def _tools_words(tools: Sequence[str]) -> str:
    return f"{len(tools)} tool{'s' if len(tools) != 1 else ''} ({_listed(tools)})"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _simple(settings: dict[str, Json]) -> list[tuple[str, Json]]:
    simple = (
        pair for pair in settings.items() if pair[0] not in _TOOLS and not isinstance(pair[1], dict)
    )
    return [pair for pair in simple if not isinstance(pair[1], list)][:_MEMBERS]


def _shown(value: Json) -> str:
    text = value if isinstance(value, str) else _bytes(value).decode()
    return text if len(text) <= _VALUE_CHARS else text[: _VALUE_CHARS - 1] + "…"


def _bytes(value: Json) -> bytes:
    return canonical_json(value)


def stranger_words(scope: Scope, known: Iterable[Scope]) -> str:
    """What makes a scope a new one, seen from the known one of the same credential that is most like it."""
    kin = [one for one in known if _place(one) == _place(scope)]
    alike = [one for one in kin if one.model == scope.model]
    if alike:
        said = min((difference_words(scope, one) for one in alike), key=len)
        return f"next to what is known of {scope.model}: {said}"
    if kin:
        models = list(dict.fromkeys(one.model for one in kin))
        return f"{scope.model} was never asked here with this credential; {_listed(models)} was"
    return f"nothing is known of {scope.origin} with this credential"


def _place(scope: Scope) -> tuple[str, str, str]:
    return scope.tenant, scope.api, scope.origin
