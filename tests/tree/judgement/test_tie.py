"""Whether what the user said stands again elsewhere."""

from tree.judgement.tie import ties, untied
from tree.message import Json
from tree.reading.item import Frame, Item


def _frame(wanted: str, *rows: Json, owner: str = "") -> Frame:
    return (
        Item("user", "", f"find {wanted}", [wanted], structured=False, key="u"),
        Item("result", "list", repr(rows), [*rows], structured=True, key="r"),
        Item(
            "result", "get", owner or wanted, {"owner": owner or wanted}, structured=True, key="o"
        ),
    )


NAMES = ["Ida Holm Larsen", "Bo Ekdahl Strand", "Kai Bergmann Voss", "Ana Cruz Morales"]
FRAMES = [_frame(name, {"name": f"Li Wei {at}"}) for at, name in enumerate(NAMES)]
SAID = (0, (0,))
OWNER = (2, ("owner",))


def test_what_always_stood_again_must() -> None:
    known = ties(FRAMES)

    assert untied(known, _frame("Ole Dahl Thorsen", {"name": "Li Wei"})) is None
    assert untied(known, _frame("Ole Dahl Thorsen", {"name": "Li Wei"}, owner="Li Wei")) == (
        SAID,
        OWNER,
        False,
    )


def test_what_never_stood_in_a_list_is_new_there() -> None:
    found = _frame("Ole Dahl Thorsen", {"name": "Li Wei"}, {"name": "ole dahl thorsen"})

    assert untied(ties(FRAMES), found) == (SAID, (1, ("*", "name")), True)


def test_what_stands_elsewhere_by_accident_ties_nothing() -> None:
    frames = [_frame("7", {"name": "Li Wei"}, owner="7") for _ in NAMES]

    assert ties(frames) == {}


def test_a_few_frames_tie_nothing() -> None:
    assert ties(FRAMES[:2]) == {}
