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
"""

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from offline import Row, load, turns
from tree.derive.program import spelt
from tree.derive.reply import Reply, leaves, read_reply
from tree.message import Answer, Conversation, Text, ToolCall, ToolResult

HYPOTHESIS = 2
STREAKS = (1, 2, 3, 4)
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


def main() -> int:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default="")
    parser.add_argument("--where", action="append", default=[])
    arguments = parser.parse_args()
    where = {"model": arguments.model} | dict(one.split("=", 1) for one in arguments.where)
    rows = load(arguments.data, where, None, None)
    if not rows:
        print("scripts/bench ceiling: no runs are left by --model and --where", file=sys.stderr)
        return 2
    groups = list(grouped(rows).values())
    tools = sum(len(group.acts) for group in groups)
    room = sum(max(0, len(group.acts) - HYPOTHESIS) for group in groups if group.consistent)
    print(f"{len(rows)} runs, {tools} turns with tool calls, {len(groups)} kinds of turn")
    print(
        f"consistent in hindsight, all but {HYPOTHESIS} of each kind: {room} ({room / tools:.1%})"
    )
    for streak in STREAKS:
        served, wrong = online(groups, streak)
        rate = f"{wrong / served:.1%}" if served else "-"
        print(
            f"served after {streak} alike: {served} ({served / tools:.1%}), wrong {wrong} ({rate})"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
