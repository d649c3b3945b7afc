"""Disks of a test's own: a proxy in a mount namespace sees another disk in the place of one of its folders."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

LARGEST_BYTES = 64 << 20
"""No disk beyond this size is ever filled: it would be somebody's own."""

_ALONE = ("unshare", "--map-root-user", "--mount")


def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    trial = [*_ALONE, "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/tmp"]  # noqa: S108 - any folder
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0  # noqa: S603 - see above


needs_mount = pytest.mark.skipif(
    not _can_mount(), reason="the system lets this user mount nothing, not even for itself alone"
)


def on_small_disk(folder: Path, size: str) -> tuple[str, ...]:
    """The command that runs the rest of its line with an empty disk of `size` at `folder`."""
    return (
        *_ALONE,
        "sh",
        "-c",
        f'mount -t tmpfs -o size={size} tmpfs "$0" && exec "$@"',
        str(folder),
    )


def on_readonly_disk(folder: Path) -> tuple[str, ...]:
    """The command that runs the rest of its line where nothing in `folder` can be changed, not even by root."""
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    return (*_ALONE, "sh", "-c", script, str(folder))


def seen_by(process: int, folder: Path) -> Path:
    """The folder as that process sees it.

    Source: proc(5), `/proc/pid/root`.
    """
    return Path(f"/proc/{process}/root") / folder.relative_to("/")


def fill(folder: Path) -> Path:
    """Use up a small disk to the last byte; returns the file that takes the room."""
    disk = os.statvfs(folder)
    assert disk.f_blocks * disk.f_frsize <= LARGEST_BYTES, f"{folder} is on no disk of its own"
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return filler


def open_files(process: int) -> int:
    """How many descriptors a process has open."""
    return sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())


def resident_bytes(process: int) -> int:
    """What of its own memory a process has in use, files that it maps left out.

    Source: proc(5), `RssAnon`.
    """
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) << 10
