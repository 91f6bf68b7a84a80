"""Data contracts: what a container must hold, read from TOML, and all that is wrong with one."""

from __future__ import annotations

from parity_suite.contracts.load import contract_names, load_contract
from parity_suite.contracts.model import Contract
from parity_suite.contracts.validate import validate
from parity_suite.contracts.violation import ContractError, Violation

__all__ = ["Contract", "ContractError", "Violation", "contract_names", "load_contract", "validate"]
