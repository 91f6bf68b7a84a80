"""What a bundle holds, and the error that refuses one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from parity_suite.contracts import ContractError

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Bundle:
    """One trained model, in no framework's terms."""

    #: name -> float32 or float64 array in the canonical layout; a name matches ``[A-Za-z0-9_./:+-]{1,200}``
    weights: Mapping[str, Array]
    #: (P, N, N) complex64 or complex128, incoherent modes first
    probe: Array
    #: the intensity scale as learned, finite and above 0; a float32 value as the float64 it equals
    scale: float
    #: settings of architecture and training: JSON values, finite, at most 32 levels deep
    config: Mapping[str, Any]
    #: who wrote it: name of a program or library -> its version
    versions: Mapping[str, str]


class BundleError(ContractError):
    """A bundle that can't be written or is refused; every line names a field, a tensor or a file."""
