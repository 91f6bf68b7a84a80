"""A raw dataset written anew after mends, its patterns streamed and what no mend touches copied byte for byte."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from parity_suite.contracts.check import check_file
from parity_suite.contracts.limits import Limits

from ..datasets.files import add_member, add_stream, copy_member, new_file
from .repairs import mended
from .scan import Array, Scan, open_scan

#: Written anew in the place of these: amplitudes for whatever the patterns were.
_PATTERNS: Final = ("diff3d", "diffraction", "measurement_domain", "scale_contract_version", "domain")
#: Where the positions were before a refinement, which is not where a mend would have put them.
_BEFORE: Final = ("xcoords_start", "ycoords_start")
#: A mask of pixels that are filled would have nothing to leave out.
_FILLED, _MASK = "filled_pixels", "mask"
#: Relative difference of a power from (N/2)^2 that nobody corrects.
_SAME_POWER: Final = 1e-6


def mend_raw(
    raw: Path | str,
    out: Path | str,
    names: Sequence[str],
    *,
    pixel_size_m: float | None = None,
    overwrite: bool = False,
) -> None:
    """Write a raw dataset after the mends of these names, in their order.

    The patterns come out as float32 amplitudes ``diff3d``. Frames that are dropped are dropped from every array of the
    scan, and pixels that are filled are listed in ``filled_pixels (N, N)``, in the place of a ``mask``. Positions
    before a refinement are left out where the positions change.

    Raises ContractError where the file breaks its contract or the result would, ValueError where a mend is not known
    or has nothing to do, and FileExistsError.
    """
    path = Path(raw)
    check_file(path, "raw").require()
    with open_scan(path, Limits()) as scan:
        one = mended(scan, names, pixel_size_m)
        with new_file(Path(out), "raw", overwrite=overwrite) as part:
            _write(path, part, scan, one)


def _write(path: Path, part: Path, before: Scan, after: Scan) -> None:
    changed = dict(_changed(path, before, after))
    factor = _to_power(after)
    if after.domain == "normalised":
        # The counts that a pattern stands for stay, and so does their noise.
        changed["nphotons"] = np.array(after.counts_per_power / factor**2 * (after.size / 2) ** 2)
    shape = (len(after.positions), after.size, after.size)
    left_out = {*_PATTERNS, "nphotons", *(_BEFORE if "xcoords" in changed else ())}
    left_out |= {_MASK} if after.filled is not None else set()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(part, "w") as target:
        for info in source.infolist():
            name = info.filename.removesuffix(".npy")
            if name not in changed and name not in left_out:
                copy_member(path, source, info, target)
        for name, array in changed.items():
            add_member(target, name, array)
        add_stream(target, "diff3d", shape, (block * np.float32(factor) for block in after.patterns()))


def _changed(path: Path, before: Scan, after: Scan) -> Iterator[tuple[str, Array]]:
    """The members that are written anew, the patterns and the number of photons apart."""
    yield "domain", np.array(after.domain)
    if after.kept is not None or not np.array_equal(before.positions, after.positions):
        yield "xcoords", after.positions[:, 0]
        yield "ycoords", after.positions[:, 1]
    if after.kept is not None and (index := _scan_index(path)) is not None:
        yield "scan_index", index[after.kept]
    if after.probe is not before.probe:
        yield "probeGuess", after.probe
    if after.object is not None and after.object is not before.object:
        yield "objectGuess", after.object
    if after.unmeasured is not before.unmeasured and after.unmeasured is not None:
        yield _MASK, ~after.unmeasured
    if after.filled is not None:
        yield _FILLED, after.filled


def _scan_index(path: Path) -> Array | None:
    with np.load(path, allow_pickle=False) as stored:
        return stored["scan_index"] if "scan_index" in stored.files else None


def _to_power(scan: Scan) -> float:
    """What brings the amplitudes to the mean power that the domain ``normalised`` wants; 1 in the other one."""
    if scan.domain != "normalised":
        return 1.0
    total = sum(float(np.sum(block.astype(np.float64) ** 2)) for block in scan.patterns())
    factor = scan.size / 2 * float(np.sqrt(len(scan.positions) / total))
    return 1.0 if abs(factor - 1) < _SAME_POWER else factor
