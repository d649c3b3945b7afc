"""Files that are there whole or not at all, and those that nobody else may read."""

import stat
from pathlib import Path

import pytest

from addon.files import holds, open_private, write_whole


def test_a_file_is_replaced_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"old and longer")
    path.chmod(0o644)

    write_whole(path, b"new", mode=0o600)

    assert holds(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "key", b"new", mode=0o600)

    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_no_file_holds_nothing(tmp_path: Path) -> None:
    assert not holds(tmp_path / "missing", b"")


def test_what_lies_where_a_private_file_is_made_is_neither_written_to_nor_followed(
    tmp_path: Path,
) -> None:
    theirs, open_to_all, link = (tmp_path / name for name in ("theirs", "open", "link"))
    theirs.write_bytes(b"theirs")
    open_to_all.touch(mode=0o666)
    link.symlink_to(theirs)

    for path in (open_to_all, link):
        with open_private(path) as file:
            file.write(b"ours")

    assert theirs.read_bytes() == b"theirs"
    assert [stat.S_IMODE(path.lstat().st_mode) for path in (open_to_all, link)] == [0o600, 0o600]
    assert open_to_all.read_bytes() == link.read_bytes() == b"ours"
