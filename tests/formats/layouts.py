"""Files as other programs lay them out, written with h5py from one scan whose every number is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from parity_suite.ptychography.datasets import load_synthetic

Array = NDArray[Any]

WAVELENGTH_M: Final = 1.25e-10
DISTANCE_M: Final = 1.9
DETECTOR_M: Final = 55e-6
PLANCK_LIGHT: Final = 1.986445857e-25


class Truth:
    """A scan of a recipe as whole counts, with its places in metres."""

    def __init__(self, recipe: str = "field64") -> None:
        made = load_synthetic(recipe)
        self.counts = np.rint(made.diff3d**2).astype(np.uint16)
        self.size = self.counts.shape[-1]
        self.probe = made.probe
        self.positions = made.positions - made.positions.min(axis=0) + self.size / 2
        self.pixel_m = WAVELENGTH_M * DISTANCE_M / (self.size * DETECTOR_M)
        self.metres = made.positions * self.pixel_m


def write_cxi(path: Path, truth: Truth, **changes: Any) -> Path:
    """As cdtools writes it: detector data, and links to it where other readers look."""
    rows = {
        "cxi_version": 160,
        "entry_1/instrument_1/source_1/wavelength": np.float32(WAVELENGTH_M),
        "entry_1/instrument_1/source_1/energy": PLANCK_LIGHT / WAVELENGTH_M,
        "entry_1/instrument_1/detector_1/distance": DISTANCE_M,
        "entry_1/instrument_1/detector_1/x_pixel_size": DETECTOR_M,
        "entry_1/instrument_1/detector_1/y_pixel_size": DETECTOR_M,
        "entry_1/instrument_1/detector_1/data": truth.counts,
        "entry_1/sample_1/geometry_1/translation": np.c_[truth.metres, np.zeros(len(truth.metres))],
        "entry_1/instrument_1/source_1/illumination": truth.probe,
        **changes,
    }
    with h5py.File(path, "w") as file:
        for name, value in rows.items():
            if value is not None:
                file[name] = value
        file["entry_1/data_1/data"] = h5py.SoftLink("/entry_1/instrument_1/detector_1/data")
    return path


def write_ptyd(path: Path, truth: Truth, cut: int = 20, **changes: Any) -> Path:
    """As ptypy writes it: chunks of frames, positions [y, x], weights that are 0 where a pixel did not measure."""
    rows: dict[str, Any] = {
        "meta/psize": np.array([DETECTOR_M, DETECTOR_M]),
        "meta/center": np.array([truth.size / 2, truth.size / 2]),
        "meta/distance": DISTANCE_M,
        "meta/energy": PLANCK_LIGHT / WAVELENGTH_M / 1.602176634e-16,
        "info/experimentID": "none",
    }
    for number, part in enumerate((slice(0, cut), slice(cut, None))):
        counts = truth.counts[part]
        # As text, the tenth chunk would come before the second.
        chunk = f"chunks/{9 + number}"
        rows |= {f"{chunk}/data": counts, f"{chunk}/positions": truth.metres[part, ::-1]}
        rows |= {f"{chunk}/indices": np.arange(len(counts)), f"{chunk}/weights": np.ones_like(counts)}
    with h5py.File(path, "w") as file:
        for name, value in {**rows, **changes}.items():
            if value is not None:
                file[name] = value
    return path


def write_emd(path: Path, counts: Array, step: float, inverse_step: float, units: tuple[str, str]) -> Path:
    """As emdfile writes it: axes by their first two places."""
    with h5py.File(path, "w") as file:
        file.attrs.update({"emd_group_type": "file", "version_major": 1, "version_minor": 0})
        group = file.create_group("root/datacube")
        group.attrs["emd_group_type"] = "array"
        group["data"] = counts
        for axis in range(4):
            dim = group.create_dataset(f"dim{axis}", data=[0.0, step if axis < 2 else inverse_step])
            dim.attrs["units"] = units[axis // 2]
    return path
