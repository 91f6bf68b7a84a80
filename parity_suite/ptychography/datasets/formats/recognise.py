"""A file that keeps no contract: its format in words, its greatest arrays, and the command that brings it in."""

from __future__ import annotations

import shlex
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from parity_suite.contracts.containers import files_in, kind_of, open_container
from parity_suite.contracts.containers.archive import open_archive
from parity_suite.contracts.holding import plain
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored, size_of
from parity_suite.contracts.violation import ContractError

from .layouts import ARCHIVES, FOLDERS, HDF5, NPZ, Layout, layout_of
from .magic import name_of_bytes
from .mat5 import mat5_arrays

_SHOWN: Final = 10
_MATLAB_7: Final = b"MATLAB 7.3 MAT-file"
_NEXUS: Final = "entry_1/definition"
_PTYCHOGRAPHY: Final = "NXcxi_ptycho"


@dataclass(frozen=True)
class Held:
    """An array in a file."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def size(self) -> int:
        """The number of its elements."""
        return size_of(self.shape)

    def __str__(self) -> str:
        return f"{plain(self.name)} {self.shape} {self.dtype}"


@dataclass(frozen=True)
class Recognised:
    """What a file is that no contract here describes."""

    words: str
    #: the greatest first
    arrays: tuple[Held, ...] = ()
    #: after ``parity``; None where nothing here brings it in
    command: str | None = None
    remark: str = ""

    def lines(self) -> Iterator[str]:
        """What it holds and how to bring it in, for a person; the format apart."""
        yield from (f"  {one}" for one in self.arrays[:_SHOWN])
        if len(self.arrays) > _SHOWN:
            yield f"  and {len(self.arrays) - _SHOWN} more"
        yield f"  {self.way_in}"

    @property
    def way_in(self) -> str:
        """The command, or that there is none."""
        if self.command:
            return f"parity {self.command}" + (f" ({self.remark})" if self.remark else "")
        return "no command brings it in" + (f": {self.remark}" if self.remark else "")

    def to_json(self) -> dict[str, Any]:
        """The same as plain values, with every array."""
        return {
            "name": self.words,
            "holds": [{"name": plain(one.name), "shape": list(one.shape), "dtype": one.dtype} for one in self.arrays],
            "command": None if self.command is None else f"parity {self.command}",
            "remark": self.remark,
        }


def recognised(path: Path, limits: Limits) -> Recognised | None:
    """What the file or folder is; None where nothing tells it, or where it is damaged."""
    try:
        words = name_of_bytes(path) if path.is_file() else None
        if words is not None:
            arrays = tuple(_greatest_first(_of_one_array(path, words, limits)))
            return _matlab(path, words, arrays) if words == "MATLAB 5" else Recognised(words, arrays)
        kind = kind_of(path)
        if kind == "folder":
            return _known(path, layout_of(list(files_in(path, limits)), FOLDERS), ())
        return _container(path, kind, limits) if kind in ("hdf5", "npz") else None
    except (ContractError, OSError):
        return None


def _container(path: Path, kind: str, limits: Limits) -> Recognised:
    with open_container(kind, path, None, limits) as holding:
        arrays = [
            Held(name, value.shape, str(value.dtype))
            for name, value in holding.values.items()
            if isinstance(value, Stored | np.ndarray)
        ]
        names = [*holding.values, *holding.names]
    arrays = list(_greatest_first(arrays))
    if kind == "npz":
        found = layout_of(names, NPZ) or layout_of(_members(path, limits), ARCHIVES)
        return _known(path, found, arrays) or Recognised("NPZ, of names that are not known here", tuple(arrays))
    if _starts_with(path, _MATLAB_7):
        return _matlab(path, "MATLAB 7.3", tuple(arrays))
    found = layout_of(names, HDF5)
    if found and found.words == "CXI" and _definition(path, limits) == _PTYCHOGRAPHY:
        found = found._replace(words=_PTYCHOGRAPHY)
    return _known(path, found, arrays) or Recognised("HDF5, of names that are not known here", tuple(arrays))


def _matlab(path: Path, words: str, arrays: tuple[Held, ...]) -> Recognised:
    command = f"{_command(path, 'mat-to-raw')} --patterns NAME --positions NAME"
    return Recognised(words, arrays, command, "it says of no variable what it means")


def _known(path: Path, found: Layout | None, arrays: Sequence[Held]) -> Recognised | None:
    if found is None:
        return None
    command = None if found.command is None else _command(path, found.command)
    return Recognised(found.words, tuple(arrays), command, found.remark)


def _command(path: Path, command: str) -> str:
    return f"convert {command} {shlex.quote(str(path))} {shlex.quote(str(path.with_suffix('.raw.npz')))}"


def _of_one_array(path: Path, words: str, limits: Limits) -> Iterator[Held]:
    """The arrays of a file that is no container of ours."""
    if words == "MATLAB 5":
        yield from (Held(one.name, one.shape, one.dtype) for one in mat5_arrays(path, limits))
    elif words.startswith("NumPy"):
        with path.open("rb") as stream:
            try:
                version = np.lib.format.read_magic(stream)
                reader = (
                    np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                )
                shape, _, dtype = reader(stream, max_header_size=10_000)
            except ValueError:
                return
            yield Held("(no name)", shape, str(dtype))


def _greatest_first(arrays: Iterator[Held] | Sequence[Held]) -> list[Held]:
    return sorted(arrays, key=lambda one: (-one.size, one.name))


def _members(path: Path, limits: Limits) -> list[str]:
    with open_archive(path, limits) as archive:
        assert isinstance(archive, zipfile.ZipFile)
        return [info.filename for info in archive.infolist()]


def _definition(path: Path, limits: Limits) -> str:
    with open_container("hdf5", path, (_NEXUS,), limits) as holding:
        value = holding.values.get(_NEXUS)
        return str(value.load()) if isinstance(value, Stored) and not value.shape else ""


def _starts_with(path: Path, content: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(content)) == content
