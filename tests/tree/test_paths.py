"""Paths of conversations that were asked for before: what was kept is never told from what is computed."""

from hypothesis import given
from hypothesis import strategies as st

from tree import paths
from tree.canonical import ScopeId, path_below
from tree.message import Message, Opaque, Text, ToolCall, ToolResult
from tree.paths import Paths

SCOPE = ScopeId(bytes(16))
LONG = 40


def talk(*numbers: int) -> tuple[Message, ...]:
    """A long conversation whose messages are told apart by numbers."""
    opening = tuple(Message("user", (Text(f"opening {at}"),)) for at in range(LONG))
    return opening + tuple(Message("user", (Text(f"{number}"),)) for number in numbers)


def carried(*values: object) -> tuple[Message, ...]:
    """The same, with values that are not looked into."""
    return talk() + tuple(Message("user", (Opaque("kind", value),)) for value in values)


def agrees(kept: Paths, messages: tuple[Message, ...]) -> bool:
    """Whether a path is what it would be without anything kept."""
    return kept.below(SCOPE, messages) == path_below(SCOPE, messages)


@given(st.lists(st.lists(st.integers(0, 2), max_size=5), max_size=8))
def test_a_path_does_not_depend_on_what_was_asked_before(asked: list[list[int]]) -> None:
    kept = Paths()

    assert all(agrees(kept, talk(*numbers)) for numbers in asked)


@given(
    st.lists(
        st.lists(st.sampled_from([1, 1.0, True, {"a": 1}, {"a": True}]), max_size=3), max_size=8
    )
)
def test_values_that_only_python_takes_to_be_equal_are_told_apart(
    asked: list[list[object]],
) -> None:
    kept = Paths()

    assert all(agrees(kept, carried(*values)) for values in asked)


def test_a_value_within_a_result_is_told_apart_too() -> None:
    kept = Paths()
    one, other = (
        (*talk(), Message("tool", (ToolResult(0, (Opaque("kind", value),)),)), *talk())
        for value in (1, 1.0)
    )

    assert agrees(kept, one)
    assert agrees(kept, other)
    assert kept.below(SCOPE, one) != kept.below(SCOPE, other)


def test_scopes_are_told_apart() -> None:
    kept, other = Paths(), ScopeId(b"another scope   ")
    kept.below(SCOPE, talk(1))

    assert kept.below(other, talk(1)) == path_below(other, talk(1))


def test_what_was_said_before_is_not_hashed_again() -> None:
    kept = Paths()
    first = kept.below(SCOPE, talk(1))

    longer = kept.below(SCOPE, talk(1, 2))

    assert all(mine is theirs for mine, theirs in zip(longer, first, strict=False))


def test_what_is_kept_has_bounds() -> None:
    kept = Paths()
    text = "x" * 100_000
    for number in range(400):
        call = Message("assistant", (ToolCall(0, "tool", text), Text(f"{number}")))
        kept.below(SCOPE, (call, *talk(number)))

    held = sum(one.chars for one in kept._kept.values())
    assert len(text) < held <= paths._KEPT_CHARS
    assert held == kept._chars
    assert len(kept._kept) <= paths._KEPT
