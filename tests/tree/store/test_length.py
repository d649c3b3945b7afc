"""A file that another program cuts short while it is open is an error, and not the end of the process."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.tree.talk import MAP_BYTES, asked, seen
from tree.memory import Memory
from tree.store.length import LOOK_AGAIN_S, Length

USER = f"""
import sys, time
from pathlib import Path
from tests.tree.talk import asked, seen
from tree.errors import StoreDamagedError
from tree.memory import Memory
from tree.store.length import LOOK_AGAIN_S

def refused(use):
    try:
        use()
    except StoreDamagedError as error:
        print(error, flush=True)

memory = Memory(Path(sys.argv[1]), max_bytes={MAP_BYTES})
memory.recall(asked("known"), 0)
print("open", flush=True)
sys.stdin.readline()
looked_s = time.monotonic()
while time.monotonic() < looked_s + LOOK_AGAIN_S:
    pass
refused(lambda: memory.recall(asked("known"), 0))
refused(lambda: memory.record([seen(asked("new"), "x")]))
memory.close()
"""


def let_a_look_be_due() -> None:
    looked_s = time.monotonic()
    while time.monotonic() < looked_s + LOOK_AGAIN_S:
        pass


def test_who_reads_and_writes_a_store_cut_short_under_it_is_told_and_lives_on(
    tmp_path: Path,
) -> None:
    memory = Memory(tmp_path, max_bytes=MAP_BYTES)
    memory.record([seen(asked("known"), os.urandom(100_000).hex())])
    memory.close()
    command = [sys.executable, "-c", USER, str(tmp_path)]
    with subprocess.Popen(  # noqa: S603 - our own script
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as user:
        assert user.stdout is not None
        user.stdout.readline()
        os.truncate(tmp_path / "data.mdb", 0)

        told, _ = user.communicate("\n", timeout=60)

    assert user.returncode == 0
    assert told.count("another program cut its file short while it was open") == 2


def test_what_grows_again_was_cut_short_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "data.mdb").write_bytes(bytes(100))
    length = Length(tmp_path / "data.mdb")
    at_first = length.is_cut()
    os.truncate(tmp_path / "data.mdb", 50)
    let_a_look_be_due()
    shorter = length.is_cut()
    os.truncate(tmp_path / "data.mdb", 200)
    let_a_look_be_due()

    assert (at_first, shorter, length.is_cut()) == (False, True, True)
    length.close()


def test_another_file_in_its_place_and_a_longer_one_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "data.mdb").write_bytes(bytes(100))
    length = Length(tmp_path / "data.mdb")
    os.truncate(tmp_path / "data.mdb", 200)
    let_a_look_be_due()
    longer = length.is_cut()
    (tmp_path / "other").write_bytes(b"")
    (tmp_path / "other").replace(tmp_path / "data.mdb")
    let_a_look_be_due()

    assert not longer
    assert not length.is_cut()
    length.close()
    length.close()
