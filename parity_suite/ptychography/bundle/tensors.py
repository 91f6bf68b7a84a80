"""Weights and probe as the named real tensors of a safetensors file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from safetensors.numpy import load, save

from parity_suite.contracts import Violation

from .model import Array, Bundle, BundleError

WEIGHT_PREFIX: Final = "weights/"
#: safetensors has no complex128, so the probe is two real tensors.
PROBE_REAL: Final = "probe/real"
PROBE_IMAG: Final = "probe/imag"

#: The real type that the parts of a complex probe have.
PART_DTYPES: Final[Mapping[str, str]] = {"complex64": "float32", "complex128": "float64"}

BYTES_PER_VALUE: Final[Mapping[str, int]] = {"float32": 4, "float64": 8}


@dataclass(frozen=True)
class TensorEntry:
    """What the manifest says of one tensor."""

    dtype: str
    shape: tuple[int, ...]
    #: of the values as little-endian bytes in C order, which is how they lie in the file
    sha256: str


def tensors_of(bundle: Bundle) -> dict[str, Array]:
    """The tensors of a valid bundle by their name in the file: little-endian, in C order."""
    parts = {PROBE_REAL: bundle.probe.real, PROBE_IMAG: bundle.probe.imag}
    weights = {WEIGHT_PREFIX + name: value for name, value in bundle.weights.items()}
    return {name: _canonical(value) for name, value in {**parts, **weights}.items()}


def weights_in(tensors: Mapping[str, Array]) -> dict[str, Array]:
    """The weights by the names they have in a bundle, sorted."""
    names = sorted(name for name in tensors if name.startswith(WEIGHT_PREFIX))
    return {name.removeprefix(WEIGHT_PREFIX): tensors[name] for name in names}


def probe_in(tensors: Mapping[str, Array]) -> Array:
    """(P, N, N) complex, from its two parts, bit for bit."""
    real = tensors[PROBE_REAL]
    probe: Array = np.empty(real.shape, np.result_type(real.dtype, np.complex64))
    probe.real, probe.imag = real, tensors[PROBE_IMAG]
    return probe


def entry_of(array: Array) -> TensorEntry:
    """The entry of a tensor as :func:`tensors_of` or :func:`from_bytes` give it."""
    content = array.reshape(-1).view(np.uint8).data
    return TensorEntry(array.dtype.name, array.shape, hashlib.sha256(content).hexdigest())


def to_bytes(tensors: Mapping[str, Array]) -> bytes:
    """The content of the safetensors file; the order of the mapping leaves no trace."""
    return save(dict(tensors))


def from_bytes(data: bytes, source: str) -> dict[str, Array]:
    """The tensors in a safetensors file, each in memory of its own.

    The library holds every declared size against the length of ``data`` before it allocates anything.
    Raises BundleError naming ``source``.
    """
    try:
        return load(data)
    # Besides its own error, which derives from Exception alone, it lets KeyError and ValueError through.
    except Exception as error:
        raise BundleError([Violation(source, "readable", str(error), "a complete safetensors file")]) from error


def tensor_violations(tensors: Mapping[str, Array], entries: Mapping[str, TensorEntry]) -> Iterator[Violation]:
    """Where the tensors of the file are not those of the manifest, by name."""
    for name in sorted(tensors.keys() | entries.keys()):
        if name not in tensors:
            yield Violation(name, "missing", "no such tensor in the file", "the tensor that the manifest lists")
        elif name not in entries:
            yield Violation(name, "extra", "a tensor in the file", "only tensors that the manifest lists")
        else:
            yield from _differences(name, entry_of(tensors[name]), entries[name])


def _differences(name: str, found: TensorEntry, wanted: TensorEntry) -> Iterator[Violation]:
    for field in ("dtype", "shape", "sha256"):
        if getattr(found, field) != getattr(wanted, field):
            yield Violation(name, field, str(getattr(found, field)), str(getattr(wanted, field)))


def _canonical(array: Array) -> Array:
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
