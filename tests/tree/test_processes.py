"""Several processes at one store, and processes that are killed."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.tree.talk import MAP_BYTES, answer, asked, seen
from tree.errors import StoreUnusableError
from tree.memory import Hit, Memory, Miss
from tree.upkeep.check import verify

WRITER = f"""
import sys
import threading
from pathlib import Path
from tests.tree.talk import asked, seen
from tree.memory import Memory

memory = Memory(Path(sys.argv[1]), max_bytes={MAP_BYTES})
for at in range(int(sys.argv[2])):
    memory.record([seen(asked(f"question {{at}}"), f"answer {{at}}", at)])
    print(at, flush=True)
    memory.learn(limit=2)
"""


def write(folder: Path, count: int) -> subprocess.Popen[str]:
    """Start a process that records and learns, and prints the number of each observation that it recorded."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", WRITER, str(folder), str(count)], stdout=subprocess.PIPE, text=True
    )


def test_a_reader_sees_what_another_process_wrote_meanwhile(memory: Memory) -> None:
    before = memory.recall(asked("question 2"), 0)

    writer = write(memory.store.folder, 3)
    writer.communicate()

    after = memory.recall(asked("question 2"), 0)
    assert writer.returncode == 0
    assert isinstance(before, Miss)
    assert isinstance(after, Hit)


def test_two_processes_may_write(memory: Memory) -> None:
    writer = write(memory.store.folder, 20)

    for at in range(20):
        memory.record([seen(asked(f"own {at}"), "x")])
        memory.learn()
    writer.communicate()
    memory.learn()

    assert writer.returncode == 0
    assert len(list(memory.observations())) == 40
    assert all(isinstance(memory.recall(asked(f"own {at}"), 0), Hit) for at in range(20))
    assert list(verify(memory)) == []


@pytest.mark.parametrize("acknowledged", [1, 4, 70])
def test_a_killed_writer_leaves_all_that_it_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    with write(tmp_path, 10_000) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(acknowledged)]
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.read().split()
        told = int(lines[-1])

    memory = Memory(tmp_path, max_bytes=MAP_BYTES)
    read = list(memory.observations())
    findings = list(verify(memory))
    memory.learn(limit=100_000)
    recalled = memory.recall(asked(f"question {told}"), 0)
    memory.close()
    assert read == [
        (at, seen(asked(f"question {at}"), f"answer {at}", at)) for at in range(len(read))
    ]
    assert len(read) in (told + 1, told + 2)
    assert findings == []
    assert isinstance(recalled, Hit)


READER = f"""
import sys
from pathlib import Path
from tree.memory import Memory

memory = Memory(Path(sys.argv[1]), max_bytes={MAP_BYTES}, readonly=True)
with memory.store.read():
    print(flush=True)
    sys.stdin.read()
"""


def read(folder: Path) -> subprocess.Popen[str]:
    """Start a process that reads until its input ends; it has begun when this returns."""
    reader = subprocess.Popen(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", READER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    reader.stdout.readline()
    return reader


def test_who_was_killed_while_it_read_keeps_no_page_from_being_used_again(tmp_path: Path) -> None:
    Memory(tmp_path, max_bytes=MAP_BYTES).close()
    # Another one stays: where nobody is left, LMDB begins its table of readers anew by itself.
    with read(tmp_path) as stays, read(tmp_path) as killed:
        killed.kill()
        killed.wait()

        memory = Memory(tmp_path, max_bytes=MAP_BYTES)
        readers = memory.store._env.readers()
        memory.close()
        stays.communicate()

    assert str(stays.pid) in readers
    assert str(killed.pid) not in readers


def test_a_process_opens_a_store_once(memory: Memory) -> None:
    with pytest.raises(StoreUnusableError, match="already open"):
        Memory(memory.store.folder, max_bytes=MAP_BYTES)


def test_one_thread_recalls_while_another_records(memory: Memory) -> None:
    def write_all() -> None:
        for at in range(100):
            memory.record([seen(asked(f"question {at}"), f"answer {at}")])
            memory.learn()

    recorder = threading.Thread(target=write_all)
    recorder.start()
    at = 0
    while at < 100:
        recalled = memory.recall(asked(f"question {at}"), 0)
        if isinstance(recalled, Hit):
            assert recalled.answer == answer(f"answer {at}")
            at += 1
        else:
            assert recorder.is_alive() or isinstance(memory.recall(asked(f"question {at}"), 0), Hit)
    recorder.join()

    assert memory.summary().answers == 100
