"""What the suite itself writes is held to its contract, as a writer, before it is on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from parity_suite.contracts.containers.tree import document_values
from parity_suite.contracts.load import load_contract
from parity_suite.contracts.model import names_of
from parity_suite.contracts.validation import validate
from parity_suite.contracts.violation import ContractError


def assert_conforms(document: Mapping[str, Any], contract: str) -> None:
    """Raises ContractError with all that is wrong where a JSON document breaks the contract of that name."""
    wanted = load_contract(contract)
    # As a reader will find it: a tuple is a list, and a number of NumPy's has been refused.
    document = json.loads(json.dumps(document))
    violations = validate(document_values(document, names_of(wanted)), wanted, role="writer", names=tuple(document))
    if violations:
        raise ContractError(violations, contract)
