"""Replay recorded runs against the learner alone: no proxy, no wire, thousands of turns in a minute."""

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tree.canonical import NodeId, path_of
from tree.derive.reply import Reply, message_of, read_reply
from tree.judgement.evidence import Prior, Stratum
from tree.judgement.guess import Guess
from tree.judgement.rows import MemoryShelf
from tree.judgement.verdict import Limits, changes_the_world
from tree.learning import Learner, Prediction
from tree.message import (
    Answer,
    Conversation,
    Message,
    Observation,
    Scope,
    Text,
    ToolCall,
    ToolResult,
)

type Row = dict[str, Any]


def load(path: Path, where: dict[str, str], shuffle: int | None, limit: int | None) -> list[Row]:
    """The trajectories of a file: filtered, shuffled, then cut."""
    rows = [msgspec.json.decode(line) for line in path.read_bytes().splitlines() if line]
    rows = [row for row in rows if all(_matches(row.get(k), v) for k, v in where.items())]
    if shuffle is not None:
        random.Random(shuffle).shuffle(rows)  # noqa: S311 - an order, no secret
    return rows[:limit]


def _matches(value: Any, wanted: str) -> bool:
    text = "" if value is None else str(value)
    return text == wanted[1:] if wanted.startswith("=") else wanted in text


def turns(row: Row) -> Iterator[tuple[Conversation, Answer]]:
    """Every message that the model wrote, with the context that it wrote it in."""
    settings = {"tools": row.get("tools") or [], "temperature": 0}
    scope = Scope("bench", "openai", "api", str(row.get("model")), settings)
    messages: list[Message] = []
    open_calls: list[tuple[str | None, int]] = []
    count = 0
    for raw in row["messages"]:
        calls = raw.get("tool_calls") or []
        parts: list[Any] = []
        if raw["role"] == "tool":
            wanted = raw.get("tool_call_id")
            same = [entry for entry in open_calls if entry[0] == wanted] or open_calls
            number = same[0][1] if same else count
            if same:
                open_calls.remove(same[0])
            else:
                count += 1
            parts.append(ToolResult(number, (Text(_text(raw.get("content"))),)))
        elif said := _text(raw.get("content")):
            parts.append(Text(said))
        if raw["role"] == "assistant" and not raw.get("synthetic"):
            spoken = [
                ToolCall(at, str(call["function"]["name"]), call["function"]["arguments"])
                for at, call in enumerate(calls)
            ]
            yield (
                Conversation(scope, tuple(messages)),
                Answer(Message("assistant", (*parts, *spoken)), None),
            )
        if calls:
            open_calls = [(call.get("id"), count + at) for at, call in enumerate(calls)]
            parts += [
                ToolCall(count + at, str(call["function"]["name"]), call["function"]["arguments"])
                for at, call in enumerate(calls)
            ]
            count += len(calls)
        messages.append(Message(raw["role"], tuple(parts)))


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if part.get("type") == "text")
    return content or ""


class Bench:
    """Counts what is served, and how much of it is right."""

    def __init__(
        self, limits: Limits, audit: float, seed: int, show: int, prior: Prior | None = None
    ) -> None:
        self.learner = Learner(MemoryShelf(), limits, prior)
        self.literal: dict[NodeId, Reply] = {}
        self.count: Counter[str] = Counter()
        self.classes: Counter[tuple[str, str, bool]] = Counter()
        self.reasons: Counter[str] = Counter()
        self.predicting: list[float] = []
        self.observing: list[float] = []
        self._audit, self._show = audit, show
        self._random = random.Random(seed)  # noqa: S311 - a draw, no secret

    def restart(self) -> None:
        """Count from here on; what was learnt is kept."""
        self.count.clear()

    def turn(self, conversation: Conversation, answer: Answer) -> None:
        """One request: served literally, served by learning, or forwarded and learnt."""
        expected = read_reply(answer)
        if expected is None or not conversation.messages:
            return
        self.count["turns"] += 1
        self.count["tool"] += expected.tool
        place = path_of(conversation)[-1]
        if (known := self.literal.get(place)) is not None:
            self._score("lit", known, expected)
            return
        started = time.perf_counter()
        said = self.learner.predict(conversation)
        self.predicting.append(time.perf_counter() - started)
        if isinstance(said, Prediction):
            served = read_reply(Answer(message_of(said.reply), None))
            assert served is not None  # noqa: S101 - holds by construction
            right = self._score("gen", served, expected)
            assert isinstance(said.by.guess, Guess)  # noqa: S101 - holds by construction
            self.classes[said.by.view, said.by.guess.kind, right] += 1
            if not right and (served.tool or expected.tool) and self._show > 0:
                self._show -= 1
                _explain(conversation, said, expected)
            share = self.learner.audit_share(said, self._audit) if self._audit else 0.0
            self.learner.served(conversation, said)
            if self._random.random() >= share:
                return
            self.count["audits"] += 1
        elif expected.tool:
            self.reasons[
                re.sub(r"'.*'|`.*`|Decimal\S*|item \d+\S*|\d+", "_", said.reason)[:90]
            ] += 1
        self.literal[place] = expected
        started = time.perf_counter()
        self.learner.observe(Observation(conversation, answer, 0))
        self.observing.append(time.perf_counter() - started)

    def _score(self, sort: str, served: Reply, expected: Reply) -> bool:
        right = served.same(expected)
        acts = served.tool or expected.tool
        self.count[f"{sort}.{'act' if acts else 'text'}"] += 1
        self.count[f"{sort}.{'act' if acts else 'text'}.right"] += right
        if (
            acts
            and not right
            and any(changes_the_world(call.name, Limits()) for call in served.calls)
        ):
            self.count[f"{sort}.writes"] += 1
        self.count[f"{sort}.tool"] += expected.tool
        return right

    def row(self, name: str) -> str:
        """One line of the report."""
        c = self.count
        cover = (
            100
            * sum(c[k] for k in ("lit.act", "lit.text", "gen.act", "gen.text"))
            / max(1, c["turns"])
        )
        general = 100 * c["gen.tool"] / max(1, c["tool"])
        wrong = c["gen.act"] - c["gen.act.right"]
        error = 100 * wrong / max(1, c["gen.act"])
        return (
            f"{name:22} turns {c['turns']:5} tool {c['tool']:5} lit {c['lit.act']}/{c['lit.act.right']} "
            f"gen.act {c['gen.act']}/{c['gen.act.right']} gen.text {c['gen.text']}/{c['gen.text.right']} "
            f"wrong {wrong} writes {c['gen.writes']} cover {cover:.1f}% gen.tool {general:.1f}% err {error:.1f}% "
            f"audits {c['audits']} predict {_median(self.predicting)} observe {_median(self.observing)} ms"
        )


def _median(times: list[float]) -> str:
    times = sorted(times) or [0.0]
    return f"{1000 * times[len(times) // 2]:.2f}/{1000 * times[len(times) * 99 // 100]:.1f}"


def _explain(conversation: Conversation, said: Prediction, expected: Reply) -> None:
    guess = said.by.guess
    assert isinstance(guess, Guess)  # noqa: S101 - holds by construction
    print(f"WRONG {said.by.view} {guess.kind} clean={guess.clean} failures={guess.failures}")
    for message in conversation.messages[-5:]:
        print("   ", message.role, str(message.parts)[:400])
    print("    GOT", [(c.name, str(c.arguments)) for c in said.reply.calls], said.reply.text[:200])
    print("    EXP", [(c.name, str(c.arguments)) for c in expected.calls], expected.text[:200])
    print(
        "    others",
        [(v.view, v.guess.kind, v.guess.clean) for v in said.votes if isinstance(v.guess, Guess)],
    )


def _print_strata(learner: Learner) -> None:
    total: dict[Stratum, list[float]] = {}
    for scope in learner.scopes.values():
        for where, count in scope.ledger.counts.items():
            entry = total.setdefault(where, [0, 0])
            entry[0] += count.tests
            entry[1] += count.wrong
    for where, (tests, wrong) in sorted(
        total.items(), key=lambda own: msgspec.structs.astuple(own[0])
    ):
        print(
            f"      {where.kind:9} {where.view:6} f{where.failures} s{where.streak} {wrong:.0f}/{tests:.0f}"
        )


def main() -> None:
    """Read the command line, replay, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--model", default="")
    parser.add_argument("--task", default="")
    parser.add_argument("--where", action="append", default=[])
    parser.add_argument("--shuffle", type=int)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--audit", type=float, default=0.05)
    parser.add_argument("--max-error", type=float, default=0.02)
    parser.add_argument("--show", type=int, default=0, help="print that many wrong serves")
    parser.add_argument("--reasons", type=int, default=0)
    parser.add_argument("--strata", action="store_true", help="print tests by stratum")
    parser.add_argument(
        "--warm-up", type=int, default=0, help="first trajectories of each file not counted"
    )
    arguments = parser.parse_args()
    where = {"model": arguments.model, "task": arguments.task}
    where |= dict(clause.split("=", 1) for clause in arguments.where)
    for path in arguments.data:
        bench = Bench(Limits(max_error=arguments.max_error), arguments.audit, 1, arguments.show)
        for number, row in enumerate(load(path, where, arguments.shuffle, arguments.limit)):
            if number == arguments.warm_up:
                bench.restart()
            for conversation, answer in turns(row):
                bench.turn(conversation, answer)
        print(bench.row(path.stem))
        for key, count in sorted(bench.classes.items()):
            print("     ", *key, count) if arguments.reasons else None
        if arguments.strata:
            _print_strata(bench.learner)
        for reason, count in bench.reasons.most_common(arguments.reasons):
            print(f"      {count:5} {reason}")


if __name__ == "__main__":
    main()
