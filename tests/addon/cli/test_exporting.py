"""`rote export` and `rote import`: memory as a file without loss, and no file is trusted."""

import gzip
from pathlib import Path

import msgspec
import pytest

from tests.addon.cli.conftest import Rote
from tests.addon.cli.remembered import asking, fill, opened
from tests.tree.traffic import NAMES
from tree.canonical import path_of
from tree.memory import Hit, Memory
from tree.message import Observation

FIRST = path_of(asking(NAMES[0]))[-1].hex()
HEAD = b'{"type":"rote","version":1}\n'
SCOPE = (
    b'{"type":"scope","scope":{"tenant":"t","api":"a","origin":"o","model":"m","settings":{}}}\n'
)
TEXT = b'rote text 1\nscope {"tenant":"t","api":"a","origin":"o","model":"m","settings":{}}\n'
SAID = b"talk\n@ user\ntext\n| a\n=> assistant\ntext\n| b\nwith {}\n"


@pytest.fixture
def filled(home: Path) -> Path:
    fill(home)
    return home


def held(home: Path) -> list[Observation]:
    memory = Memory(home, max_bytes=1 << 26)
    found = [one for _, one in memory.observations()]
    memory.close()
    return found


def test_what_is_exported_and_imported_is_the_same_memory(
    rote: Rote, filled: Path, tmp_path: Path
) -> None:
    file, other = tmp_path / "memory.jsonl", tmp_path / "other"
    rote("trust", FIRST)

    written = rote("export", str(file))
    read = rote("import", str(file), "--store", str(other))

    assert (written.exit_code, read.exit_code) == (0, 0)
    assert held(other) == held(filled)
    again = rote("export", "--store", str(other)).stdout_bytes
    assert [line for line in again.splitlines() if b'"at_ns"' not in line] == [
        line for line in file.read_bytes().splitlines() if b'"at_ns"' not in line
    ]
    assert rote("verify", "--store", str(other)).exit_code == 0
    assert b"5f0c" in file.read_bytes()


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("form", [[], ["--text"]])
def test_a_users_word_travels_along(rote: Rote, tmp_path: Path, form: list[str]) -> None:
    file, other = tmp_path / "memory.jsonl", tmp_path / "other"
    listed = msgspec.json.decode(rote("show", "--json").output)["templates"]
    rote("distrust", FIRST)
    for one in listed:
        rote("distrust", one["template"])
    rote("rename", listed[0]["template"], "who", "borrower")

    rote("export", *form, str(file))
    rote("import", str(file), "--store", str(other))

    memory = opened(other)
    while memory.learn():
        pass
    assert not isinstance(memory.recall(asking(NAMES[0]), 1), Hit)
    assert not isinstance(memory.foresee(asking("Una Lindqvist")), Hit)
    memory.close()
    shown = msgspec.json.decode(rote("show", "--json", "--store", str(other)).output)["templates"]
    assert {one["choice"] for one in shown if one["answer"]} == {"distrust"}
    assert "borrower" in rote("show", listed[0]["template"], "--store", str(other)).output


def test_as_text_it_is_read_by_people_and_loses_nothing(
    rote: Rote, filled: Path, tmp_path: Path
) -> None:
    file, other = tmp_path / "memory.txt", tmp_path / "other"

    written = rote("export", "--text", str(file))
    read = rote("import", str(file), "--store", str(other))

    assert (written.exit_code, read.exit_code) == (0, 0)
    text = file.read_text()
    assert "| Please lend the atlas to {{who}} for a week." in text
    assert '| {"who":"{{who}}"}' in text
    assert text.count("Please lend the atlas") == 2
    assert sorted(map(str, held(other))) == sorted(map(str, held(filled)))


@pytest.mark.usefixtures("filled")
def test_the_same_file_twice_is_the_same_memory(rote: Rote, tmp_path: Path) -> None:
    file = tmp_path / "memory.jsonl"
    rote("export", str(file))

    result = rote("import", str(file), "--json")

    assert msgspec.json.decode(result.output) == {"recorded": 0, "known": 36}


@pytest.mark.usefixtures("filled")
def test_memory_of_another_machine_becomes_ones_own(rote: Rote, tmp_path: Path) -> None:
    file, other = tmp_path / "memory.jsonl", tmp_path / "other"
    rote("export", str(file))

    rote("import", str(file), "--store", str(other), "--tenant", "mine")

    assert {one.conversation.scope.tenant for one in held(other)} == {"mine"}


@pytest.mark.usefixtures("filled")
def test_a_file_is_not_replaced_unasked(rote: Rote, tmp_path: Path) -> None:
    file = tmp_path / "precious"
    file.write_text("mine")

    refused, forced = rote("export", str(file)), rote("export", str(file), "--force")

    assert (refused.exit_code, forced.exit_code) == (1, 0)
    assert file.read_bytes().startswith(HEAD)
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\n", "line 1"),
        (b"no json\n", "line 1"),
        (gzip.compress(HEAD), "line 1"),
        (SCOPE, "line 1: a memory begins"),
        (b'{"type":"rote","version":2}\n', "version 2"),
        (HEAD + HEAD, "line 2"),
        (HEAD + b'{"type":"else"}\n', "line 2"),
        (HEAD + b'{"type":"observation","scope":0,"messages":[],"answer":0,"at_ns":1}\n', "line 2"),
        (HEAD + SCOPE + b'{"type":"observation","scope":-1,"messages":[],"answer":0,"at_ns":1}\n', "line 3"),
        (HEAD + SCOPE + b'{"type":"observation","scope":0,"messages":[7],"answer":0,"at_ns":1}\n', "number 7"),
        (HEAD + SCOPE.replace(b"{}", b"[" * 100_000 + b"]" * 100_000), "line 2"),
        (HEAD + b'{"type":"message","message":{"role":"user","parts":[{"type":"nonsense"}]}}\n', "line 2"),
        (HEAD + b"\xff\xfe\n", "line 2"),
        (b"rote text 1\nwith {}\n", "line 2: there is no scope"),
        (TEXT + b"talk\nwith {}\n", "line 4: the talk has no answer"),
        (TEXT + b"talk\n=> assistant\ntext\n| {{who}}\nwith {}\n", "has no value"),
        (TEXT + b"talk\n@ user\nresult x\n", "line 5"),
        (TEXT + b"talk\ntext\n| a\nwith {}\n", "line 6: no message has begun"),
        (TEXT + b"rm -rf\n", "means nothing here"),
        (TEXT + b'trust node {"at_ns":1}\n', "line 3: there is no observation yet"),
        (TEXT + SAID + b'trust node {"at_ns":-1}\n', "line 11: Expected `int` >= 0"),
        (TEXT + SAID + b'trust node {"at_ns":1,"messages":2}\n', "line 11: there is no message 2"),
        (TEXT + SAID + b'name slot {"at_ns":1,"item":99999999999999999999}\n', "line 11"),
        (TEXT + b"\xff\n", "UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_memory_is_refused_and_nothing_is_made(
    rote: Rote, tmp_path: Path, content: bytes, why: str
) -> None:
    file, other = tmp_path / "hostile", tmp_path / "other"
    file.write_bytes(content)

    result = rote("import", str(file), "--store", str(other))

    assert result.exit_code == 1
    assert why in result.stderr
    assert "Nothing was changed." in result.stderr
    assert not other.exists()


def test_a_file_that_is_too_large_is_refused_unread(rote: Rote, tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as out:
        out.truncate(2 << 20)

    result = rote("import", str(file), "--max-mib", "1")

    assert (result.exit_code, "--max-mib 3" in result.stderr) == (1, True)
