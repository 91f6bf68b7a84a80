"""Data contracts: what a container must hold, read from TOML, and all that is wrong with one.

Names resolve on first use, so that what needs no array imports no NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parity_suite.contracts.check import Checked, check_file
    from parity_suite.contracts.load import contract_names, load_contract
    from parity_suite.contracts.model import Contract
    from parity_suite.contracts.validation import validate
    from parity_suite.contracts.violation import ContractError, Violation

__all__ = [
    "Checked",
    "Contract",
    "ContractError",
    "Violation",
    "check_file",
    "contract_names",
    "load_contract",
    "validate",
]

_HOMES = {
    "Checked": "check",
    "Contract": "model",
    "ContractError": "violation",
    "Violation": "violation",
    "check_file": "check",
    "contract_names": "load",
    "load_contract": "load",
    "validate": "validation",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
