"""A store that came to harm is found out before it does any, put aside whole, and followed by a new one."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tree.talk import MAP_BYTES, asked, seen
from tree.canonical import path_of
from tree.errors import StoreDamagedError
from tree.memory import Hit, Memory, Miss
from tree.store.soundness import Hold, reserve

PAGE = 4096
WORDS = "the parcel waits at the quay "

KILLED = f"""
import os, signal, sys
from pathlib import Path
from tests.tree.talk import asked, seen
from tree.memory import Memory

memory = Memory(Path(sys.argv[1]), max_bytes={MAP_BYTES})
memory.record([seen(asked("before the end"), "x")])
os.kill(os.getpid(), signal.SIGKILL)
"""

HOLDER = f"""
import sys
from pathlib import Path
from tree.memory import Memory

memory = Memory(Path(sys.argv[1]), max_bytes={MAP_BYTES})
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a closed store that fills some pages."""
    memory = Memory(tmp_path / "store", max_bytes=MAP_BYTES)
    for at in range(60):
        memory.record([seen(asked(f"{at} {os.urandom(400).hex()}"), "x", at)])
    memory.record([seen(asked("known"), WORDS)])
    memory.learn(1_000)
    memory.close()
    return tmp_path / "store"


def zeroed(content: bytes) -> bytes:
    """Without the pages of one row: to open it shows nothing, and LMDB's own assertions end whoever reads them."""
    key, whole = path_of(asked("known"))[-1], bytearray(content)
    for at in range(0, len(whole), PAGE):
        if content.count(key, at, at + PAGE):
            whole[at : at + PAGE] = bytes(PAGE)
    return bytes(whole)


def noisy(content: bytes) -> bytes:
    """With noise in the place of its beginning."""
    return os.urandom(3 * PAGE) + content[3 * PAGE :]


def cut(content: bytes) -> bytes:
    """Without its second half."""
    return content[: len(content) // 2]


@pytest.mark.parametrize("harm", [zeroed, noisy, cut])
def test_a_damaged_store_is_put_aside_whole_and_a_new_one_begun(
    folder: Path, harm: Callable[[bytes], bytes]
) -> None:
    content = harm((folder / "data.mdb").read_bytes())
    (folder / "data.mdb").write_bytes(content)

    memory = Memory(folder, max_bytes=MAP_BYTES, renew=True)

    unknown = memory.recall(asked("known"), 0)
    memory.record([seen(asked("new"), "x")])
    memory.learn()
    assert isinstance(unknown, Miss)
    assert isinstance(memory.recall(asked("new"), 0), Hit)
    assert memory.store.put_aside == folder / "damaged-1"
    assert (folder / "damaged-1" / "data.mdb").read_bytes() == content
    assert memory.store.damage
    memory.close()


@pytest.mark.parametrize("harm", [zeroed, noisy, cut])
def test_without_being_told_to_renew_a_damaged_store_is_refused_and_kept(
    folder: Path, harm: Callable[[bytes], bytes]
) -> None:
    content = harm((folder / "data.mdb").read_bytes())
    (folder / "data.mdb").write_bytes(content)

    for _ in range(2):
        with pytest.raises(StoreDamagedError):
            Memory(folder, max_bytes=MAP_BYTES)

    assert (folder / "data.mdb").read_bytes() == content


def test_each_damaged_store_has_a_folder_of_its_own(folder: Path) -> None:
    for _ in range(3):
        (folder / "data.mdb").write_bytes(b"no store at all")
        Memory(folder, max_bytes=MAP_BYTES, renew=True).close()

    assert sorted(path.name for path in folder.glob("damaged-*")) == [
        "damaged-1",
        "damaged-2",
        "damaged-3",
    ]


def test_a_store_that_was_closed_well_is_not_read_before_it_is_opened(folder: Path) -> None:
    before = (folder / "data.mdb").stat()
    content = zeroed((folder / "data.mdb").read_bytes())
    (folder / "data.mdb").write_bytes(content)
    os.utime(folder / "data.mdb", ns=(before.st_atime_ns, before.st_mtime_ns))

    hold = Hold(folder)

    # Only what looks otherwise is read: this harm has no look, so nobody can have read it.
    assert hold.left_well()
    hold.release(well=True)


def test_a_store_whose_user_was_killed_is_read_before_it_is_opened(folder: Path) -> None:
    end = subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False)  # noqa: S603 - our own script
    hold = Hold(folder)
    left_well = hold.left_well()
    hold.release(well=False)

    memory = Memory(folder, max_bytes=MAP_BYTES, renew=True)

    memory.learn(1_000)
    assert end.returncode < 0
    assert not left_well
    assert memory.store.put_aside is None
    assert isinstance(memory.recall(asked("before the end"), 0), Hit)
    memory.close()


def test_damage_that_was_met_is_looked_into_by_the_next_user(memory: Memory) -> None:
    folder = memory.store.folder

    with pytest.raises(StoreDamagedError), memory.store.read():
        raise StoreDamagedError(folder, "as if met")
    memory.close()

    hold = Hold(folder)
    assert not hold.left_well()
    hold.release(well=False)


def test_a_store_that_another_process_uses_is_never_put_aside(folder: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:  # noqa: S603 - our own script
        assert holder.stdout is not None
        holder.stdout.readline()
        (folder / "data.mdb").write_bytes(b"no store at all")

        with pytest.raises(StoreDamagedError):
            Memory(folder, max_bytes=MAP_BYTES, renew=True)
        holder.kill()

    assert not list(folder.glob("damaged-*"))


def test_the_second_user_is_not_alone_and_the_last_one_says_how_it_was_left(folder: Path) -> None:
    first = Hold(folder)
    alone_first = first.alone
    first.share()
    second = Hold(folder)
    alone_second = second.alone
    second.share()
    first.release(well=True)
    between = Hold(folder)
    left_between = between.left_well()
    between.release(well=False)
    second.release(well=True)

    last = Hold(folder)

    assert (alone_first, alone_second) == (True, False)
    assert not left_between
    assert last.left_well()
    last.release(well=True)


def test_a_folder_that_takes_no_further_file_can_be_held_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "in-use").mkdir()

    hold = Hold(tmp_path)

    assert hold.left_well()
    assert not hold.alone
    hold.share()
    hold.release(well=True)


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="the system cannot set room aside")
def test_the_disk_sets_room_aside_for_the_lock_file(tmp_path: Path) -> None:
    reserve(tmp_path)

    assert (tmp_path / "lock.mdb").stat().st_blocks * 512 >= 1024 * 64
