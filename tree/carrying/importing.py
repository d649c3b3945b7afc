"""Memory taken in from a file: nothing in it is trusted, and all of it is checked before any of it is recorded."""

from collections.abc import Iterable

from msgspec.structs import asdict, replace

from tree.canonical import canonical_json, content_digest, path_below, scope_id
from tree.carrying.lines import (
    VERSION,
    ChoiceLine,
    Chosen,
    Head,
    ImportFileError,
    Line,
    MessageLine,
    ObservationLine,
    Read,
    ScopeLine,
    TallyLine,
    decode,
    encode,
)
from tree.control.selecting import Progress
from tree.memory import Memory
from tree.message import Answer, Conversation, Message, Observation, Scope
from tree.store.choices import Choice, choice_key, put_choice
from tree.store.tables import Writer

MAX_LINE_BYTES = 64 << 20
_AT_ONCE = 64
_UNSETTLED = 2**62
"""A generation that no store ever has: where a template lies in this one is to be found."""


def read_export(lines: Iterable[bytes], tenant: str | None = None) -> Read:
    """All that a file holds, checked.

    Args:
        lines: Of the file.
        tenant: Whose memory it is to become; None leaves it whose it was.

    Raises:
        ImportFileError: It is no such file, or a line of it is not as it should be.
    """
    reader = _Reader(tenant)
    number = 0
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE_BYTES:
            raise ImportFileError(number, f"it is longer than {MAX_LINE_BYTES >> 20} MiB")
        try:
            reader.take(number, decode(line))
        except ImportFileError:
            raise
        except RecursionError as exc:
            raise ImportFileError(number, "it is nested too deeply") from exc
        except (ValueError, ArithmeticError, TypeError) as exc:
            raise ImportFileError(number, str(exc)) from exc
    if not number:
        raise ImportFileError(0, "the file is empty")
    return reader.read


class _Reader:
    def __init__(self, tenant: str | None) -> None:
        self.read = Read([], [], {})
        self._tenant = tenant
        self._scopes: list[Scope] = []
        self._messages: list[Message] = []

    def take(self, number: int, line: Line) -> None:
        if (number == 1) != isinstance(line, Head):
            raise ImportFileError(number, "a memory begins with one line of type “rote”")
        match line:
            case Head(version):
                if version != VERSION:
                    raise ImportFileError(1, f"it is of version {version}; known is {VERSION}")
            case ScopeLine(scope):
                canonical_json(scope)
                own = scope if self._tenant is None else replace(scope, tenant=self._tenant)
                self._scopes.append(own)
            case MessageLine(message):
                canonical_json(message)
                self._messages.append(message)
            case ObservationLine():
                self.read.observations.append(self._observation(number, line))
            case ChoiceLine():
                place = self._conversation(number, line.scope, line.messages)
                self.read.choices.append((_chosen(line), place))
            case TallyLine(key, tally):
                self.read.tallies[key] = tally

    def _observation(self, number: int, line: ObservationLine) -> Observation:
        conversation = self._conversation(number, line.scope, line.messages)
        canonical_json(line.envelope)
        said = self._at(number, self._messages, line.answer).renumbered(-conversation.calls)
        if not 0 <= line.at_ns < 2**63 or not 0 <= line.latency_ms < 2**32:
            raise ImportFileError(number, "its times are none")
        answer = Answer(said, line.envelope, line.usage, line.literal_only)
        return Observation(conversation, answer, line.at_ns, line.latency_ms, line.bindings)

    def _conversation(self, number: int, scope: int, messages: tuple[int, ...]) -> Conversation:
        said = tuple(self._at(number, self._messages, one) for one in messages)
        return Conversation(self._at(number, self._scopes, scope), said)

    def _at[T](self, number: int, known: list[T], index: int) -> T:
        if not 0 <= index < len(known):
            raise ImportFileError(number, f"it refers to number {index}, which is not there yet")
        return known[index]


def _chosen(line: ChoiceLine) -> Chosen:
    """A line without what is true of its file alone."""
    return Chosen(**{name: getattr(line, name) for name in Chosen.__struct_fields__})


def take_in(
    memory: Memory, found: Read, progress: Progress = lambda _a, _b: None
) -> tuple[int, int]:
    """Record what is not there yet; returns how many observations were, and how many were there already.

    Raises:
        StoreFullError: No room; what was recorded before stays, and the same again goes on from there.
        StoreUnusableError: The store cannot be written; likewise.
    """
    known = _known(memory)
    fresh = [one for one in found.observations if _identity(one) not in known]
    empty = not known
    for start in range(0, len(fresh), _AT_ONCE):
        memory.record(fresh[start : start + _AT_ONCE])
        progress(min(start + _AT_ONCE, len(fresh)), len(fresh))
    with memory.store.write() as txn:
        for chosen, place in found.choices:
            _decide(memory, txn, chosen, place)
    if empty and found.tallies:
        memory.count(found.tallies)  # beside others they would be counted twice
    return len(fresh), len(found.observations) - len(fresh)


type _Identity = tuple[bytes, bytes, int]


def _known(memory: Memory) -> set[_Identity]:
    found: set[_Identity] = set()
    for _, one in memory.observations():
        found.add(_identity(one))
    return found


def _identity(one: Observation) -> _Identity:
    scope = scope_id(one.conversation.scope)
    path = path_below(scope, one.conversation.messages)
    return path[-1] if path else scope, canonical_json(one.answer.message), one.at_ns


def _decide(memory: Memory, txn: Writer, chosen: Chosen, place: Conversation) -> None:
    scope = scope_id(place.scope)
    path = path_below(scope, place.messages)
    if not path or not memory.journal.knows(txn, path[-1]):
        return
    own = asdict(chosen)
    del own["sort"]
    choice = Choice(**own, generation=_UNSETTLED, anchors=(path[-1],))
    # Where a template lies here is found when all is learnt; until then its place is any of its own.
    digest = content_digest(encode((path[-1].hex(), chosen.view, chosen.item, chosen.path)))
    where = path[-1] if chosen.sort == "node" else scope + bytes.fromhex(digest)
    put_choice(txn, memory.store.tables, choice_key(chosen.sort, where), choice)
