"""Memory as text: whatever was said comes back as it was."""

from hypothesis import given
from hypothesis import strategies as st

from tests.tree.talk import answer, asked, called, observations, result, said, seen, talk
from tree.message import Observation
from tree.texting import written
from tree.untexting import read_text

WEIGHED = (called(0, "{}"), result(0, "40 kg"))


def there_and_back(said: list[Observation]) -> list[str]:
    text = "".join(f"{line}\n" for line in written(said))
    return sorted(map(str, read_text(text.split("\n"))))


@given(st.lists(observations, max_size=4))
def test_anything_comes_back_as_it_was(said: list[Observation]) -> None:
    assert there_and_back(said) == sorted(map(str, said))


def test_what_differs_alike_has_one_name() -> None:
    names = ("Ida Holm", "Bo Ekberg", "Li Wei")
    lines = list(
        written(
            [
                seen(
                    talk(said("user", f"Weigh the crate of {name}, please."), *WEIGHED),
                    answer(f"The crate of {name}, as you said, weighs 40 kg."),
                )
                for name in names
            ]
        )
    )  # fmt: skip

    assert "| Weigh the crate of {{value}}, please." in lines
    assert "| The crate of {{value}}, as you said, weighs 40 kg." in lines
    assert sum(line.startswith("with ") for line in lines) == 3
    assert sum(line == "talk" for line in lines) == 1


def test_braces_and_odd_characters_are_no_names() -> None:
    odd = [
        "{{who}}",
        "a{{",
        "{{}}",
        '{{"{{"}}',
        "| a\n= b\n\n",
        "\x00\r\x1b",
        "with {}",
        "\u2028x",
        "",
    ]
    all_odd = [seen(asked(text), text) for text in odd]

    assert there_and_back(all_odd) == sorted(map(str, all_odd))
