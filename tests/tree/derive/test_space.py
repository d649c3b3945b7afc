"""A version space that is read as far as it is asked for is the same as one that was never written."""

from msgspec import Raw, msgpack

from tree.derive.program import Const, Program, Source
from tree.derive.search import Leaf, agreed, deciding
from tree.derive.space import Space
from tree.reading.item import Item

PROGRAMS: tuple[Program, ...] = (
    Source(0, ()),
    Source(0, (0,)),
    Const("a long constant"),
    Const("b"),
)
FRAME = (Item("user", "", "fern", ["fern"], structured=False, key="user #0"),)
_decode = msgpack.Decoder(tuple[Source | Const, ...]).decode


class Reads:
    """Reads rests, and counts how often."""

    count = 0

    def __call__(self, row: Raw) -> tuple[Program, ...]:
        self.count += 1
        return _decode(row)


def _space(near: int, read: Reads) -> Space:
    return Space(PROGRAMS[:near], Raw(msgpack.encode(PROGRAMS[near:])), read)


def test_a_space_equals_the_programs_that_it_was_written_from() -> None:
    space = _space(2, Reads())

    assert tuple(space) == PROGRAMS
    assert space == PROGRAMS
    assert space != PROGRAMS[:3]
    assert (len(space), space[3], space[-1], space[1:3]) == (
        4,
        PROGRAMS[3],
        PROGRAMS[3],
        PROGRAMS[1:3],
    )
    assert hash(space) == hash(PROGRAMS)


def test_what_a_space_gives_is_told_without_reading_its_rest() -> None:
    read = Reads()
    near = deciding(PROGRAMS)
    space = _space(near, read)

    given = agreed(space, FRAME), Leaf(("", ""), (space,)).value(FRAME)

    assert near == 3  # two that agree, and the first that is too dear to have a say
    assert given == ("fern", "fern")
    early = read.count
    assert len(space) == 4
    assert (early, read.count) == (0, 1)


def test_a_space_whose_programs_are_all_near_is_decided_by_all() -> None:
    assert deciding(PROGRAMS[:2]) == 2
