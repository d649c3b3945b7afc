"""Content codings are undone as far as there is room, and no further."""

import gzip
import subprocess
import sys
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from addon.coding import CodingError, undone

BODY = b'{"said": "High water is at 06:12."}' * 40
ROOM = 8 << 20


def bare(body: bytes) -> bytes:
    return zlib.compress(body, wbits=-15)


CODED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "X-GZip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": bare,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "identity": bytes,
    "": bytes,
    "br, gzip": lambda body: gzip.compress(brotli.compress(body)),
    "gzip,identity": gzip.compress,
}


@pytest.mark.parametrize(("coding", "code"), CODED.items())
@pytest.mark.parametrize("body", [BODY, b"{}"])
def test_a_coding_is_undone(coding: str, code: Callable[[bytes], bytes], body: bytes) -> None:
    assert undone(code(body), coding) == body


@pytest.mark.parametrize("coding", CODED)
def test_nothing_in_any_coding_is_nothing(coding: str) -> None:
    assert undone(b"", coding) == b""


@pytest.mark.parametrize(("coding", "code"), CODED.items())
def test_what_is_just_short_enough_is_undone_and_a_byte_more_is_refused(
    coding: str, code: Callable[[bytes], bytes]
) -> None:
    most = len(BODY)

    assert undone(code(BODY), coding, most) == BODY
    with pytest.raises(CodingError, match="more than"):
        undone(code(BODY + b"!"), coding, most)


@pytest.mark.parametrize(("coding", "code"), CODED.items())
def test_what_is_cut_short_is_refused_wherever_it_is(
    coding: str, code: Callable[[bytes], bytes]
) -> None:
    if coding in {"", "identity"}:
        pytest.skip("nothing tells its end")
    coded = code(BODY)

    for kept in range(1, len(coded)):
        with pytest.raises(CodingError):
            undone(coded[:kept], coding)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_what_comes_in_several_frames_is_undone_as_a_whole(coding: str) -> None:
    assert undone(CODED[coding](BODY) + CODED[coding](b"!"), coding) == BODY + b"!"


def test_members_of_gzip_without_end_are_refused() -> None:
    with pytest.raises(CodingError, match="too many members"):
        undone(gzip.compress(b"") * 100, "gzip")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_what_is_in_another_coding_is_refused(coding: str) -> None:
    with pytest.raises(CodingError, match=coding):
        undone(BODY, coding)


@pytest.mark.parametrize("coding", ["compress", "utf-8", "gzip;q=1", "gzip br"])
def test_an_unknown_coding_is_refused_by_its_name(coding: str) -> None:
    with pytest.raises(CodingError, match="is unknown"):
        undone(BODY, coding)


def test_brotli_that_is_cut_short_is_refused() -> None:
    with pytest.raises(CodingError, match="cut short"):
        undone(brotli.compress(BODY)[:-1], "br")


BOMB = f"""
import resource, sys, zlib
import brotli, zstandard
from addon.coding import CodingError, undone

def coded(made, finish, times=64):
    zeros = bytes({ROOM})
    return b"".join(made(zeros) for _ in range(times)) + finish()

zip_, br, zstd = zlib.compressobj(), brotli.Compressor(quality=1), zstandard.ZstdCompressor().compressobj()
bombs = {{
    "deflate": coded(zip_.compress, zip_.flush),
    "br": coded(br.process, br.finish),
    "zstd": coded(zstd.compress, zstd.flush),
}}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for coding, bomb in bombs.items():
    try:
        undone(bomb, coding, {ROOM})
    except CodingError:
        pass
    else:
        sys.exit(f"{{coding}} was undone")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_half_a_gigabyte_of_zeros_takes_no_such_room() -> None:
    unit = 1 if sys.platform == "darwin" else 1024

    probe = subprocess.run([sys.executable, "-c", BOMB], capture_output=True, text=True, check=True)  # noqa: S603 - our own

    assert int(probe.stdout) * unit < 20 * ROOM
