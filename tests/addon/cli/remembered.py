"""A memory with something in it, for commands that look into one."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from tests.tree.talk import MAP_BYTES
from tests.tree.traffic import NAMES, answer, call, talk
from tree.memory import Limits, Memory
from tree.message import Conversation, Observation, Scope, Usage

SCOPE = Scope(
    "5f0c", "openai-chat", "llm.example", "model-1",
    {"tools": [{"name": "find_reader"}, {"name": "lend"}]},
)  # fmt: skip
FOUND = '{{"id": "R-{0}", "fines": 0}}'


def asking(name: str) -> Conversation:
    """How a reader's request begins."""
    return talk(f"Please lend the atlas to {name} for a week.", where=SCOPE)


def lending(names: Sequence[str] = NAMES, at_ns: int = 1) -> list[Observation]:
    """Readers who want a book: one is looked up, then lent it."""
    out = []
    for number, name in enumerate(names):
        found, wish = call("find_reader", who=name), call("lend", reader=f"R-{number}", days=7)
        later = talk(
            f"Please lend the atlas to {name} for a week.", found, FOUND.format(number), where=SCOPE
        )
        for conversation, said in ((asking(name), found), (later, wish)):
            reply = replace(answer(said), usage=Usage(400, 0, 20), envelope={"id": name})
            out.append(Observation(conversation, reply, at_ns + number, 800))
    return out


def fill(home: Path, observations: Sequence[Observation] | None = None) -> None:
    """Have a memory learn that."""
    memory = opened(home)
    memory.record(lending() if observations is None else observations)
    while memory.learn():
        pass
    memory.close()


def opened(home: Path) -> Memory:
    """That memory, as a proxy opens it."""
    return Memory(home, max_bytes=MAP_BYTES, limits=Limits())
