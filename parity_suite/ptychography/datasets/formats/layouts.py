"""What an HDF5 file, an NPZ archive or a folder is, by the names of what it holds."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple


class Layout(NamedTuple):
    """A format and patterns of names, each of which some name in the file fits."""

    words: str
    names: tuple[str, ...]
    #: the subcommand of ``parity convert`` that brings it in
    command: str | None = None
    #: why there is none, or what the command needs besides
    remark: str = ""


_PARTS: Final = "holds no patterns: it is the result of a reconstruction"

#: In the order in which they are tried.
HDF5: Final = (
    Layout("CXI", ("entry_1/instrument_1/detector_1/data",), "cxi-to-raw"),
    Layout("CXI", ("entry_1/data_1/data",), "cxi-to-raw"),
    Layout("CXI", ("cxi_version",), None, "without the patterns of a detector"),
    Layout("ptypy .ptyd", ("chunks/*/data",), "ptyd-to-raw"),
    Layout("ptypy .ptyd", ("meta/psize", "meta/energy"), None, "whose chunks lie in files of their own"),
    Layout("ptypy .ptyr", ("content/probe/*", "content/obj/*"), None, _PARTS),
    Layout("Ptychodus product", ("probe_position_x_m", "object"), "product-to-raw", "--diffraction FILE for patterns"),
    Layout("diffraction file of Ptychodus", ("patterns", "indexes"), None, "--diffraction of product-to-raw takes it"),
    Layout("EMD, 4D-STEM", ("@emd_group_type", "*/data", "*/dim3"), "emd-to-raw"),
    Layout("EMD", ("@emd_group_type",), None, "without a stack of diffraction patterns over a raster"),
    Layout("EMD", ("@version_major", "@version_minor"), None, "of an older version"),
    Layout("HyperSpy", ("Experiments/*",)),
    Layout("fold_slice, PtychoShelves", ("dp",)),
    Layout("NeXus, Eiger master file", ("entry/instrument/detector/*", "entry/instrument/beam/*")),
    Layout("Data Exchange", ("exchange/data",)),
    Layout("NeXus", ("entry*/*",)),
    Layout("netCDF 4", ("@_NCProperties",)),
    Layout("Keras weights", ("model_weights/*",)),
)
NPZ: Final = (
    Layout("Ptychodus product in NPZ", ("probe_position_x_m", "object"), None, "saved as HDF5 it can be brought in"),
    Layout("diffraction file of Ptychodus", ("patterns", "indexes"), None, "--diffraction of product-to-raw takes it"),
    Layout("tike", ("data", "scan", "probe"), "tike-to-raw"),
)
FOLDERS: Final = (
    Layout("zarr 3", ("zarr.json",)),
    Layout("zarr 2", (".zgroup",)),
    Layout("zarr 2", (".zarray",)),
    Layout("a SavedModel of TensorFlow", ("saved_model.pb",)),
)
#: Archives whose members are no arrays.
ARCHIVES: Final = (
    Layout("PyTorch checkpoint", ("*/data.pkl",), None, "it holds pickled programs, which nothing here opens"),
    Layout("Keras model", ("model.weights.h5",)),
    Layout("Python wheel", ("*.dist-info/RECORD",)),
    Layout("zarr in a ZIP archive", (".z*",)),
    Layout("Office document", ("[[]Content_Types[]].xml",)),
)


def layout_of(names: Collection[str], layouts: Sequence[Layout]) -> Layout | None:
    """The first of ``layouts`` all of whose patterns some name fits."""
    for one in layouts:
        if all(pattern in names or fnmatch.filter(names, pattern) for pattern in one.names):
            return one
    return None
