"""What was found out last is given again for the very same things, and for no others."""

from tree.judgement.shared import Shared


def test_what_was_found_is_not_sought_again_for_the_same_things() -> None:
    sought: list[tuple[object, ...]] = []

    def pair(*given: object) -> str:
        sought.append(given)
        return repr(given)

    shared = Shared(pair)
    one, other, equal = ["a"], ["b"], ["b"]

    found = [shared(one, other), shared(one, other), shared(one, equal), shared(other, one)]

    assert found == ["(['a'], ['b'])"] * 3 + ["(['b'], ['a'])"]
    assert len(sought) == 3
