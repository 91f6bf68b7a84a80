"""An archive is all of its file: what stands before, between or after what the directory names is refused."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from container_samples import contract_for

from parity_suite.contracts.check import check_file

Refusal = Callable[..., str]
X = np.array([1.5, -2.25, 3.0])


def saved(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


class Pipe(io.RawIOBase):
    """What can only be written to, so that sizes follow the members."""

    def __init__(self) -> None:
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        self.content += bytes(content)  # type: ignore[call-overload]
        return len(content)  # type: ignore[arg-type]


def piped(*, long: bool) -> bytes:
    pipe, held = Pipe(), io.BytesIO()
    np.save(held, X)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("x.npy", "y.npy"):
            with archive.open(name, "w", force_zip64=long) as stream:
                stream.write(held.getvalue())
    return pipe.content


def with_long_end(monkeypatch: pytest.MonkeyPatch) -> bytes:
    with monkeypatch.context() as patched:
        patched.setattr(zipfile, "ZIP64_LIMIT", 10)
        return saved(x=X)


@pytest.mark.parametrize("kind", ["plain", "piped", "piped, long", "long end"])
def test_sound_archives_of_every_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    content = {
        "plain": lambda: saved(x=X, y=X),
        "piped": lambda: piped(long=False),
        "piped, long": lambda: piped(long=True),
        "long end": lambda: with_long_end(monkeypatch),
    }[kind]()
    assert (b"PK\6\6" in content) == (kind == "long end")
    assert (content[6] & 8 != 0) == kind.startswith("piped")
    path = tmp_path / "scan.npz"
    path.write_bytes(content)
    assert check_file(path, contract_for("npz")).violations == ()


def commented(content: bytes, comment: bytes) -> bytes:
    return content[:-2] + struct.pack("<H", len(comment)) + comment


def apart(content: bytes) -> bytes:
    """Seven bytes between the first member and the second, which the directory knows of."""
    second = content.index(b"PK\3\4", 4)
    start = content.index(b"PK\1\2")
    entry = content.index(b"PK\1\2", start + 4)
    made = bytearray(content[:second] + b"between" + content[second:])
    struct.pack_into("<L", made, entry + 7 + 42, second + 7)
    struct.pack_into("<L", made, len(made) - 6, start + 7)
    return bytes(made)


ONE, TWO = saved(x=X), saved(x=X + 1)
BOTH = saved(x=X, y=X)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (ONE + TWO, f"found {len(ONE)} bytes before the first member"),
        (b"PK\3\4 a program" + ONE, "found 14 bytes before the first member"),
        (apart(BOTH), "found 7 bytes after 'x.npy' that are of no member"),
        (commented(ONE, b"a comment"), "found bytes after the directory of the archive, or a comment"),
        (commented(ONE, TWO), "found "),
        (ONE + b"\0", "found "),
        (ONE + b"after" * 20, "found "),
        (ONE[:-22] + b"after" + ONE[-22:], "found "),
    ],
    ids=["two", "before", "between", "comment", "archive in a comment", "a byte after", "after", "before the end"],
)
def test_an_archive_and_something_else(tmp_path: Path, refused: Refusal, content: bytes, says: str) -> None:
    path = tmp_path / "scan.npz"
    path.write_bytes(content)
    assert says in refused(path, "npz")


@pytest.mark.parametrize("place", [0, 4, 8, 12])
def test_sizes_that_follow_and_are_others(tmp_path: Path, refused: Refusal, place: int) -> None:
    content = bytearray(piped(long=False))
    content[content.index(b"PK\7\10") + place] ^= 1
    path = tmp_path / "scan.npz"
    path.write_bytes(content)
    says = "that are of no member" if place else ""
    assert says in refused(path, "npz")
