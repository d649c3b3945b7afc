"""Values between lines of prose, and what is left of the text without them."""

from typing import Any

import pytest

from tree.reading.blocks import MARK, blocks_of

TABLE = "| a | b |\n|---|---|\n| 1 | 2 |"


@pytest.mark.parametrize(
    ("text", "shell", "values"),
    [
        ('Run:\n```json\n{"a": 1}\n```\nok?', f"Run:\n```json\n{MARK}\n```\nok?", ({"a": 1},)),
        ("```sh\nls -l\ncd x\n```", f"```sh\n{MARK}\n```", ("ls -l\ncd x",)),
        ("~~~\nx\n~~~", f"~~~\n{MARK}\n~~~", ("x",)),
        ("````\n```\nx\n```\n````", f"````\n{MARK}\n````", ("```\nx\n```",)),
        ("```yaml\na: 1\nb: 2\n```", f"```yaml\n{MARK}\n```", ({"a": "1", "b": "2"},)),
        ("```csv\na,b\n1,2\n3,4\n```", f"```csv\n{MARK}\n```", ([{"a": "1", "b": "2"}, {"a": "3", "b": "4"}],)),
        ("```text\na: 1\nb: 2\n```", f"```text\n{MARK}\n```", ("a: 1\nb: 2",)),
        (f"See\n\n{TABLE}\n\nand {{x}}", f"See\n\n{MARK}\n\nand {{x}}", ([{"a": "1", "b": "2"}],)),
        ('Result: {"id": 5}\nDone.', f"Result: {MARK}\nDone.", ({"id": 5},)),
        ('Got [{"id": 5}].\nx=["a", "b"]', f"Got {MARK}.\nx={MARK}", ([{"id": 5}], ["a", "b"])),
    ],
)  # fmt: skip
def test_values_are_taken_out_of_prose(text: str, shell: str, values: Any) -> None:
    found = blocks_of(text)

    assert found is not None
    assert (found.shell, found.values) == (shell, values)


@pytest.mark.parametrize(
    "text",
    [
        "plain prose",
        "[INFO] started",
        "see [1] and {x}",
        'say {"a": 1} now',
        "```\nnever closed",
        "```\n```",
        "a | b",
        f'{MARK} {{"a": 12345}}',
        "x" * 1_200_001 + "[",
        "[" * 5000,
    ],
)
def test_prose_without_values_has_no_blocks(text: str) -> None:
    assert blocks_of(text) is None


def test_numbers_in_a_block_keep_their_spelling() -> None:
    found = blocks_of('Total: {"sum": 7.50}')

    assert found is not None
    assert repr(found.values) == "({'sum': Decimal('7.50')},)"


def test_after_a_few_brackets_in_vain_the_rest_is_prose() -> None:
    assert blocks_of("[x\n" * 20 + '{"a": 12345}') is None
    assert blocks_of("[x\n" * 5 + '{"a": 12345}') is not None
