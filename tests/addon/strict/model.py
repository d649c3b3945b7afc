"""What every strict provider's model says: a function of what was said to it, and of nothing else.

A gauge keeper: it reads the gauges that it is asked for, all at once, logs what they show, and reports. So a served
answer can be held against what the model itself would have said.
"""

import re
from dataclasses import dataclass

type Json = dict[str, str]

_ASKED = re.compile(r"Please read (?P<gauges>.+) in the (?P<hall>.+) hall\.")


@dataclass(frozen=True)
class Call:
    """A tool call without its id."""

    name: str
    arguments: Json


@dataclass(frozen=True)
class Answer:
    """What the model says and wants done."""

    text: str
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a tool gave back, and the name of the tool."""

    name: str
    output: str


type Step = str | Answer | tuple[Result, ...]
"""What a user said, what the model answered, or what the tools gave back for that."""


def answer(history: list[Step]) -> Answer:
    """What the model says after this."""
    last = history[-1]
    if isinstance(last, Answer):  # it goes on with its own words
        return Answer("…and so on.")
    if isinstance(last, str):
        match = _ASKED.search(last)
        if match is None:
            return Answer(f"Noted: {last.lower()}")
        gauges = match["gauges"].split(" and ")
        return Answer("", tuple(_reading(gauge, match["hall"]) for gauge in gauges))
    if last[0].name == "read_gauge":
        return Answer("", tuple(_logging(result.output) for result in last))
    return Answer(f"I logged {' and '.join(result.output for result in last)}.")


def run_tool(call: Call) -> str:
    """What the gauge keeper's tools give back."""
    gauge = call.arguments["gauge"]
    if call.name == "read_gauge":
        return f"{gauge} shows {int(gauge[2:]) * 7 % 97} bar"
    return f"{call.arguments['pressure']} bar for {gauge}"


def _reading(gauge: str, hall: str) -> Call:
    return Call("read_gauge", {"gauge": gauge, "hall": hall})


def _logging(output: str) -> Call:
    gauge, _, pressure = output.removesuffix(" bar").partition(" shows ")
    return Call("write_log", {"gauge": gauge, "pressure": pressure})


def whole_run(*words: str) -> list[Answer]:
    """All that the model says while a user says this, its tools being run."""
    history: list[Step] = []
    said: list[Answer] = []
    for spoken in words:
        history.append(spoken)
        while True:
            said.append(answer(history))
            history.append(said[-1])
            if not said[-1].calls:
                break
            history.append(tuple(Result(call.name, run_tool(call)) for call in said[-1].calls))
    return said
