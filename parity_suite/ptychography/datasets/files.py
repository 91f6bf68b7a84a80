"""Arrays out of files that may be damaged, and files that appear whole and keep their contract, or not at all."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.check import check_file
from parity_suite.contracts.stored import Stored, Unreadable
from parity_suite.contracts.violation import ContractError, Violation
from parity_suite.core.writing import replaced


def loaded(path: Path, name: str, value: object) -> NDArray[Any]:
    """The array that a container gave for ``name``. Raises ContractError where it cannot be read."""
    if isinstance(value, Violation):
        raise ContractError([value], str(path))
    try:
        return value.load() if isinstance(value, Stored) else np.asarray(value)
    except Unreadable as error:
        raise ContractError([Violation(name, "readable", str(error), "an intact array")], str(path)) from error


@contextmanager
def new_path(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """A path to write to; what is there at the end takes the name ``path``, and nothing does after an error.

    Raises FileExistsError where ``path`` exists and is not to be overwritten, or is a pipe or a device.
    """
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists; overwrite=True replaces it")
    if path.exists() and not path.is_file():
        raise FileExistsError(f"{path} is not a regular file, and is left as it is")
    with replaced(path) as part:
        yield part


@contextmanager
def new_file(path: Path, contract: str, *, overwrite: bool) -> Iterator[Path]:
    """A path to write to; what is there at the end takes the name ``path`` if it keeps ``contract`` as of a writer.

    Raises FileExistsError before anything is written where ``path`` exists and is not to be overwritten, or is a pipe
    or a device, and ContractError, leaving ``path`` as it was.
    """
    with new_path(path, overwrite=overwrite) as part:
        yield part
        replace(check_file(part, contract, role="writer"), path=path).require()


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """An NPZ archive whose bytes depend on the arrays alone; it is not compressed, so that it can be read in parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            add_member(archive, name, array)


def add_member(archive: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    """One array in C order. Raises ValueError where it holds Python objects."""
    # A ZipInfo of its own carries a fixed date.
    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as stream:
        np.lib.format.write_array(stream, np.asarray(array, order="C"), allow_pickle=False)


def add_stream(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], blocks: Iterable[NDArray[Any]]) -> None:
    """A float32 array of this shape, of which the blocks are consecutive parts along its first axis."""
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype("<f4")), "fortran_order": False, "shape": shape}
    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for block in blocks:
            stream.write(np.ascontiguousarray(block, "<f4").tobytes())


def copy_member(path: Path, source: zipfile.ZipFile, info: zipfile.ZipInfo, target: zipfile.ZipFile) -> None:
    """A member of the archive at ``path`` as it is. Raises ContractError where it is damaged."""
    copy = zipfile.ZipInfo(info.filename, info.date_time)
    copy.compress_type = info.compress_type
    try:
        with source.open(info) as old, target.open(copy, "w", force_zip64=True) as new:
            shutil.copyfileobj(old, new)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        found = Violation(info.filename, "readable", str(error), "an intact member")
        raise ContractError([found], str(path)) from error
