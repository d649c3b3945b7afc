"""How much of recorded runs anyone could serve who is never wrong in hindsight: the room above what is measured.

Turns with tool calls are put into groups by what their authors say is one kind of task, by the tools called so far
with the sort of result that each brought, and by the tools that are called now: which way to go on is taken as known.
A group is consistent if, looking back, one rule gives all arguments: of each, all values are one constant, or all
stand in the context, or all can be made of it by one conversion (case; numbers, by any arithmetic at all; dates, by
their distance from the day that the conversation names, or from what the user said). Two examples make a hypothesis,
so of a consistent group all but two turns count.

That is generous: neither labels nor the next tools are part of a request, any arithmetic is believed, and nobody knows
beforehand which groups will stay consistent. The further figures drop that last favour: a group is served once so many
of its turns in a row were alike, twice as many after each surprise.

The second table needs no language of programs at all: whatever an argument is, it is taken to be known. What is left is
which tool is called, and with which arguments at all.

* acted otherwise: of the requests that were made again to the letter, those that the model answered by another call
* words from nowhere: calls with an argument whose letters do not stand in the context, nor in a call of it before
* eighth of its kind: turns before which two examples and five tests of the same kind could have been at all
* tool foreseen, tool and arguments foreseen: whoever goes by the kind of task and the course, and maybe by the first
  words said or the last result, and knows in hindsight which groups are safest, serves the commonest tools of these,
  but for the first two turns of each, until 2 % is wrong. Sets that do not tell the kind of task are left out
* after two alike: the tools alone, served once two turns of a group in a row called the same ones, as above
"""

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import starmap
from typing import Any

from learning import Source, asked_for
from offline import Row, load, turns
from tables import line, share, tell
from tree.canonical import NodeId, path_of
from tree.derive.program import spelt
from tree.derive.reply import Reply, leaves, read_reply
from tree.message import Answer, Conversation, Text, ToolCall, ToolResult

HYPOTHESIS = 2
STREAKS = (1, 2, 3)
_TESTS = 5
"""What is asked where something varies that no answer uses, which is nearly always."""
_TOLERATED = 0.02
_FIRST, _HEAD = 3, 40
"""Words of a request, and characters of a result, that tell its kind."""
RULED = {
    "data": "---",
    "with tool calls": "--:",
    "consistent in hindsight": "--:",
    **{f"served after {streak} alike": "--:" for streak in STREAKS},
}
UNRULED = {
    "data": "---",
    "acted otherwise when asked again": "--:",
    "words from nowhere": "--:",
    "eighth of its kind": "--:",
    "tool foreseen": "--:",
    "tool and arguments foreseen": "--:",
    "tool after two alike": "--:",
}
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(.*)", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_UNITS = (1, 7, 30, 31)


@dataclass(frozen=True)
class Said:
    """What an argument may be a rule's value of."""

    tool: str
    path: str
    rules: frozenset[str]


type Act = tuple[Said, ...]


@dataclass
class Group:
    """Turns of one kind, oldest first."""

    acts: list[Act] = field(default_factory=list)

    @property
    def consistent(self) -> bool:
        """Whether one rule gives all of its answers."""
        return fits(self.acts)


def fits(acts: Sequence[Act]) -> bool:
    """Whether the same tools are called with the same arguments, and each of these has a rule that holds in all."""
    if len({tuple((said.tool, said.path) for said in act) for act in acts}) > 1:
        return False
    columns = zip(*acts, strict=True)
    return all(frozenset.intersection(*(said.rules for said in column)) for column in columns)


def acted(conversation: Conversation, reply: Reply) -> Act:
    """An answer, with the rules that its arguments may be values of."""
    context = "\n".join(_texts(conversation))
    heard = "\n".join(_texts(conversation, "user"))
    today = next((day for text in _texts(conversation) if (day := _day(text))), None)
    said = []
    for call in reply.calls:
        said.append(Said(call.name, "", frozenset({"called"})))
        for path, value in leaves(call.arguments):
            name = ".".join(map(str, path))
            said.append(Said(call.name, name, frozenset(rules(value, context, heard, today))))
    return tuple(said)


def rules(value: Any, context: str, heard: str, today: date | None) -> Iterator[str]:
    """The rules that a value may be an instance of."""
    text = spelt(value) or repr(value)
    yield f"always {text}"
    if text and text in heard:
        yield "as the user wrote it"
    if text and text in context:
        yield "as it stands"
    if text and text.casefold() in context.casefold():
        yield "but for its case"
    if not isinstance(value, (bool, str)) and value is not None:
        yield "by arithmetic"
    if (match := _DAY.fullmatch(text)) and today is not None and (day := _day(text)):
        apart = (day - today).days
        yield f"{apart} days from today{match[4]}"
        numbers = {float(number) for number in _NUMBER.findall(heard)}
        if day.day in numbers or any(abs(apart) / unit in numbers for unit in _UNITS):
            yield f"told by the user{match[4]}"


def _day(text: str) -> date | None:
    if not (match := re.search(r"(\d{4})-(\d\d)-(\d\d)", text)):
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def _texts(conversation: Conversation, role: str = "") -> Iterator[str]:
    for message in conversation.messages:
        for part in message.parts if role in ("", message.role) else ():
            match part:
                case Text(text):
                    yield text
                case ToolResult(_, parts):
                    yield from (own.text for own in parts if isinstance(own, Text))
                case ToolCall(_, _, arguments):
                    yield arguments


def course(conversation: Conversation) -> tuple[str, ...]:
    """The tools called so far, and whether each brought anything."""
    out: list[str] = []
    for message in conversation.messages:
        for part in message.parts:
            match part:
                case ToolCall(_, name, _):
                    out.append(name)
                case ToolResult(_, parts):
                    said = "".join(own.text for own in parts if isinstance(own, Text))
                    out.append("much" if _NUMBER.search(said) else "little")
    return tuple(out)


def grouped(rows: Sequence[Row]) -> dict[tuple[str, ...], Group]:
    """The turns of runs by the label of their task and their course."""
    groups: defaultdict[tuple[str, ...], Group] = defaultdict(Group)
    for row in rows:
        label = str(row.get("template") or "")
        for conversation, answer in turns(row):
            reply = read_reply(Answer(answer.message, None))
            if reply is not None and reply.tool and conversation.messages:
                now = " + ".join(call.name for call in reply.calls)
                key = (label, *course(conversation), now)
                groups[key].acts.append(acted(conversation, reply))
    return groups


def online(groups: Sequence[Group], streak: int) -> tuple[int, int]:
    """Turns served, and how many of them wrongly, by who serves after `streak` like turns in a row."""
    count: Counter[bool] = Counter()
    for group in groups:
        start, surprises = 0, 0
        for at in range(1, len(group.acts)):
            alike = fits(group.acts[start : at + 1])
            trusted = at - start > streak << surprises and fits(group.acts[start:at])
            count[alike] += trusted
            if not alike:
                start, surprises = at, surprises + 1
    return count[True] + count[False], count[False]


type Choice = tuple[tuple[str, ...], ...]
"""The tools that a turn calls, each with the names of its arguments where these are told; empty for a text."""

type Groups = defaultdict[tuple[str, ...], list[Choice]]


@dataclass
class Bare:
    """Runs without what the arguments are."""

    tools: int = 0
    repeats: int = 0
    otherwise: int = 0
    nowhere: int = 0
    eighth: int = 0
    groups: tuple[Groups, ...] = field(
        default_factory=lambda: tuple(defaultdict(list) for _ in range(3))
    )
    """By the kind of task and the course; these with the first words said; and with what the last tool brought."""

    def foreseen(self, *, named: bool) -> int:
        """The best of `foreseen` over the ways to put turns into groups; `named` looks at the tools alone."""
        return max(foreseen(_seen(groups, named=named)) for groups in self.groups)


def _seen(groups: Groups, *, named: bool) -> list[list[Choice]]:
    if not named:
        return list(groups.values())
    return [[tuple(call[:1] for call in choice) for choice in own] for own in groups.values()]


def bare(rows: Sequence[Row]) -> Bare:
    """What can be said of runs without any language of programs."""
    found = Bare()
    last: dict[NodeId, Reply] = {}
    said: set[tuple[str, str]] = set()
    kinds: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        for conversation, answer in turns(row):
            reply = read_reply(Answer(answer.message, None))
            if reply is None or not conversation.messages:
                continue
            place = path_of(conversation)[-1]
            before = last.get(place)
            if before is not None and (before.tool or reply.tool):
                found.repeats += 1
                found.otherwise += not before.same(reply)
            last[place] = reply
            key = (str(row.get("template") or ""), *course(conversation))
            choice = tuple((call.name, *sorted(dict(call.arguments))) for call in reply.calls)
            for groups, more in zip(found.groups, _finer(conversation), strict=True):
                groups[*key, *more].append(choice)
            if reply.tool:
                kind = (*key, *(call.name for call in reply.calls))
                found.tools += 1
                found.eighth += kinds[kind] >= HYPOTHESIS + _TESTS
                found.nowhere += _invents(conversation, reply, said)
                kinds[kind] += 1
    return found


def _finer(conversation: Conversation) -> tuple[tuple[str, ...], ...]:
    """What else turns may be told apart by, in the three ways of `Bare.groups`."""
    said = next(_texts(conversation, "user"), "").split()[:_FIRST]
    brought = list(_texts(conversation, "tool"))[-1:]
    return (), tuple(said), tuple(re.sub(r"\d+", "#", text)[:_HEAD] for text in brought)


def _invents(conversation: Conversation, reply: Reply, said: set[tuple[str, str]]) -> bool:
    """Whether an argument has letters, and no digits, that stand nowhere; `said` are those that tools had before."""
    context = _letters("\n".join(_texts(conversation)))
    own = {
        (call.name, letters)
        for call in reply.calls
        for _, value in leaves(call.arguments)
        if isinstance(value, str) and not re.search(r"\d", value) and (letters := _letters(value))
    }
    new = any(letters not in context for _, letters in own - said)
    said |= own
    return new


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.casefold()))


def foreseen(groups: Iterable[Sequence[Choice]]) -> int:
    """Turns that may be served by who knows in hindsight which groups go on alike, until 2 % is wrong."""
    known = []
    for group in groups:
        choice, count = Counter(group).most_common(1)[0]
        if choice and len(group) > HYPOTHESIS:
            known.append(
                (len(group) - HYPOTHESIS, min(len(group) - count, len(group) - HYPOTHESIS))
            )
    best = served = wrong = 0
    for turns_of_it, bad in sorted(known, key=lambda own: own[1] / own[0]):
        served, wrong = served + turns_of_it, wrong + bad
        best = served if wrong <= _TOLERATED * served else best
    return best


def after_alike(groups: Iterable[Sequence[Choice]], streak: int) -> tuple[int, int]:
    """Turns served, and how many wrongly, by who trusts `streak` like ones in a row, twice as many after a surprise."""
    served = wrong = 0
    for group in groups:
        start, surprises = 0, 0
        for at in range(1, len(group)):
            alike = group[at] == group[at - 1]
            if group[at - 1] and at - start > streak << surprises:
                served, wrong = served + 1, wrong + (not alike)
            if not alike:
                start, surprises = at, surprises + 1
    return served, wrong


def ruled(source: Source, rows: Sequence[Row]) -> str:
    """A line of the first table."""
    groups = list(grouped(rows).values())
    tools = sum(len(group.acts) for group in groups)
    room = sum(max(0, len(group.acts) - HYPOTHESIS) for group in groups if group.consistent)
    cells = [_served(*online(groups, streak), tools) for streak in STREAKS]
    return line([source.name, tools, share(room, tools), *cells])


def unruled(source: Source, rows: Sequence[Row]) -> str:
    """A line of the second."""
    found = bare(rows)
    cells = [
        f"{found.otherwise} of {found.repeats}",
        *(
            share(count, found.tools)
            for count in (
                found.nowhere,
                found.eighth,
                found.foreseen(named=True),
                found.foreseen(named=False),
            )
        ),
        _served(*after_alike(_seen(found.groups[0], named=True), HYPOTHESIS), found.tools),
    ]
    return line([source.name, *cells])


def _served(served: int, wrong: int, tools: int) -> str:
    rate = f"{share(wrong, served)} of it" if wrong else "0"
    return f"{share(served, tools)}, {rate} wrong"


def loaded(sources: Iterable[Source]) -> Iterator[tuple[Source, list[Row]]]:
    """The rows of each set, one set at a time."""
    for source in sources:
        yield source, load(source.file, source.where, None, None)


def main() -> int:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    arguments, sources = asked_for(parser, only="workbench|telecom")
    tell(starmap(ruled, loaded(sources)), "ceiling", RULED, keep=arguments.write)
    named = (one for one in loaded(sources) if any(row.get("template") for row in one[1]))
    tell(starmap(unruled, named), "ceiling (any rule)", UNRULED, keep=arguments.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
