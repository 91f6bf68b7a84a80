"""A measured scan read from an NPZ file, refused before anything computes if it breaks its contract."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts import Contract, ContractError, load_contract, validate
from parity_suite.contracts.containers import open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.model import names_of
from parity_suite.contracts.stored import Stored
from parity_suite.ptychography.relations import mean_power

from .dataset import Dataset

_log = logging.getLogger(__name__)

Arrays = Mapping[str, NDArray[Any]]

#: By ``measurement_domain``, the ``domain`` of a dataset.
DOMAINS: Final[Mapping[str, str]] = {"count_intensity": "counts", "normalized_amplitude": "normalised"}


def load_raw(path: Path, limits: Limits | None = None) -> Dataset:
    """The dataset in the NPZ file at ``path``; its name is the file's stem in lower case.

    Amplitudes come out (M, N, N) float64, positions (M, 2) float64 [x, y], the probe (P, N, N) complex128,
    the object (H, W) complex128 or None. ``nphotons`` is the mean over patterns of ``sum(diff3d^2)`` in the
    counts domain and the file's own value in the normalised domain. Pickled objects are never loaded.
    Where the file names no domain, the contract's default is used and an INFO record says so.

    Raises ContractError with the path and all that is wrong, also where the file cannot be read.
    """
    path = Path(path)
    contract = load_contract("raw")
    limits = limits or Limits()
    with open_container("npz", path, names_of(contract), limits) as holding:
        violations = validate(holding.values, contract, names=holding.names, limits=limits)
        if violations:
            raise ContractError(violations, str(path))
        arrays = {name: value.load() for name, value in holding.values.items() if isinstance(value, Stored)}
    return _dataset(path, arrays, contract)


def _dataset(path: Path, arrays: Arrays, contract: Contract) -> Dataset:
    domain = _domain(path, arrays, contract)
    amplitude, probe = _amplitude(arrays), arrays["probeGuess"].astype(np.complex128)
    truth = arrays.get("objectGuess")
    return Dataset(
        name=re.sub(r"[^a-z0-9_+.]", "_", path.stem.lower()),
        domain=domain,
        diff3d=amplitude,
        probe=probe if probe.ndim == 3 else probe[None],
        object=None if truth is None else truth.astype(np.complex128),
        positions=np.stack([arrays["xcoords"], arrays["ycoords"]], axis=1).astype(np.float64),
        nphotons=mean_power(amplitude) if domain == "counts" else float(arrays["nphotons"]),
        gridsize=1,
    )


def _domain(path: Path, arrays: Arrays, contract: Contract) -> str:
    if "domain" in arrays:
        return str(arrays["domain"])
    if "measurement_domain" in arrays:
        return DOMAINS[str(arrays["measurement_domain"])]
    domain = str(contract.fields["domain"].default)
    _log.info("%s: no domain given, taken to be %r, the contract's default", path, domain)
    return domain


def _amplitude(arrays: Arrays) -> NDArray[Any]:
    """Amplitudes (M, N, N) float64, of whatever the file holds."""
    if "diff3d" in arrays:
        return arrays["diff3d"].astype(np.float64)
    measured = arrays["diffraction"].astype(np.float64)
    return np.sqrt(measured) if str(arrays["measurement_domain"]) == "count_intensity" else measured
