"""A measured scan read from an NPZ file, refused before anything computes if it breaks its contract."""

from __future__ import annotations

import logging
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts import Contract, ContractError, Violation, load_contract, validate
from parity_suite.contracts.relations import mean_power
from parity_suite.contracts.validate import in_field_order, text_value

from .dataset import Dataset

_log = logging.getLogger(__name__)

Arrays = Mapping[str, NDArray[Any]]

#: By name: the array, why it cannot be read, or None where the contract does not list it.
Members = Mapping[str, NDArray[Any] | Violation | None]


def load_raw(path: Path) -> Dataset:
    """The dataset in the NPZ file at ``path``; its name is the file's stem in lower case.

    Amplitudes come out (M, N, N) float64, positions (M, 2) float64 [x, y], the probe (P, N, N) complex128,
    the object (H, W) complex128 or None. ``nphotons`` is the mean over patterns of ``sum(diff3d^2)`` in the
    counts domain and the file's own value in the normalised domain. Pickled objects are never loaded.
    Where the file names no domain, the contract's default is used and an INFO record says so.

    Raises ContractError with the path and all that is wrong, also where the file cannot be read.
    """
    path = Path(path)
    contract = load_contract("raw")
    try:
        members = _read_listed(path, contract)
    except Exception as error:
        raise ContractError([_unreadable("file", error, "a complete NPZ archive")], str(path)) from error
    violations = _violations(members, contract)
    if violations:
        raise ContractError(violations, str(path))
    arrays = {name: value for name, value in members.items() if isinstance(value, np.ndarray)}
    return _dataset(path, arrays, contract)


def _violations(members: Members, contract: Contract) -> list[Violation]:
    """What is wrong with the members, those that cannot be read among them."""
    broken = {name: value for name, value in members.items() if isinstance(value, Violation)}
    violations = [violation for violation in validate(members, contract) if violation.field not in broken]
    return in_field_order([*broken.values(), *violations], contract)


def _dataset(path: Path, arrays: Arrays, contract: Contract) -> Dataset:
    domain = str(text_value("domain", arrays, contract))
    if "domain" not in arrays:
        _log.info("%s: no domain given, taken to be %r, the contract's default", path, domain)
    amplitude, probe = arrays["diff3d"].astype(np.float64), arrays["probeGuess"].astype(np.complex128)
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


def _read_listed(path: Path, contract: Contract) -> Members:
    with zipfile.ZipFile(path) as archive:
        names = [member.removesuffix(".npy") for member in archive.namelist() if member.endswith(".npy")]
        return {name: _read_member(archive, name) if name in contract.fields else None for name in names}


def _read_member(archive: zipfile.ZipFile, name: str) -> NDArray[Any] | Violation:
    try:
        with archive.open(f"{name}.npy") as stream:
            array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
            # The checksum is compared only once the end of the member is reached.
            if stream.read(1):
                raise ValueError("data after the end of the array")
            return array
    # zipfile, its decompressors and NumPy's header parser raise some ten unrelated types on damaged bytes.
    except Exception as error:
        return _unreadable(name, error, "an intact array without Python objects")


def _unreadable(name: str, error: BaseException, wanted: str) -> Violation:
    return Violation(name, "readable", str(error) or type(error).__name__, wanted)
