"""What a file is by its first bytes, for files that are neither HDF5 nor an NPZ archive."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple


class Magic(NamedTuple):
    """Bytes that stand at a place in every file of a format."""

    place: int
    content: bytes
    words: str


#: The first that fits is the format: longer ones stand before those that they start with.
_MAGIC: Final = (
    Magic(0, b"MATLAB 5.0 MAT-file", "MATLAB 5"),
    Magic(0, b"\x0e\x03\x13\x01", "HDF4"),
    Magic(0, b"\x93NUMPY", "NumPy .npy, one array without a name"),
    Magic(0, b"II+\0", "BigTIFF"),
    Magic(0, b"MM\0+", "BigTIFF"),
    Magic(0, b"II*\0", "TIFF"),
    Magic(0, b"MM\0*", "TIFF"),
    Magic(0, b"\xff\xd8\xff", "JPEG"),
    Magic(0, b"\x89PNG\r\n\x1a\n", "PNG"),
    Magic(0, b"GIF8", "GIF"),
    Magic(0, b"BM", "BMP"),
    Magic(0, b"CDF\x01", "netCDF 3"),
    Magic(0, b"CDF\x02", "netCDF 3"),
    Magic(0, b"SIMPLE  =", "FITS"),
    Magic(0, b"###CBF:", "CBF (Crystallographic Binary File)"),
    Magic(0, b"\0\0\0\x03", "Digital Micrograph 3"),
    Magic(0, b"\0\0\0\x04", "Digital Micrograph 4"),
    Magic(0, b"II\x97\x01", "TIA series (.ser)"),
    Magic(208, b"MAP ", "MRC"),
    Magic(0, b"\x1f\x8b", "gzip"),
    Magic(0, b"BZh", "bzip2"),
    Magic(0, b"\xfd7zXZ\0", "xz"),
    Magic(0, b"\x28\xb5\x2f\xfd", "Zstandard"),
    Magic(0, b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    Magic(257, b"ustar", "tar"),
    Magic(0, b"Rar!", "RAR"),
    Magic(0, b"PAR1", "Parquet"),
    Magic(0, b"SQLite format 3\0", "SQLite"),
    Magic(0, b"%PDF", "PDF"),
    Magic(0, b"version https://git-lfs", "a pointer of Git LFS, whose content was not fetched"),
    Magic(0, b"<!DOCTYPE html", "HTML: a page, as of a download that failed"),
    Magic(0, b"<html", "HTML: a page, as of a download that failed"),
    Magic(0, b"<?xml", "XML"),
    Magic(0, b"#F ", "a SPEC log"),
    *(Magic(0, b"\x80" + bytes([protocol]), "a Python pickle, which nothing here opens") for protocol in range(2, 6)),
)
#: The header of an EDF file starts as a JSON object does.
_EDF: Final = (b"HeaderID", b"EDF_", b"HeaderSize", b"Dim_1")
_HEAD: Final = 4096


def name_of_bytes(path: Path) -> str | None:
    """The format of the regular file at ``path`` in words; None where its first bytes tell none."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.lstrip()[:1] == b"{" and any(name in head for name in _EDF):
        return "EDF (ESRF Data Format)"
    for one in _MAGIC:
        if head[one.place :].startswith(one.content):
            return one.words
    # What is named so is damaged, or has other names than a contract wants.
    return None if path.suffix.lower() in (".json", ".toml") else _of_text(head)


def _of_text(head: bytes) -> str | None:
    """Text, told by what is no text: a file of nothing but zeros is none."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character may be cut where the head ends.
        if error.start < len(head) - 4:
            return None
        text = head[: error.start].decode("utf-8")
    if not text or not all(map(_is_text, text)) or text.lstrip()[:1] in ("{", "["):
        return None
    return "a text without a structure that is known here"


def _is_text(sign: str) -> bool:
    return sign.isprintable() or sign in "\t\r\n"
