"""parity-suite: says whether two implementations of the same computation agree, where they part, and why.

In a test file of any repository::

    from parity_suite import parity_checks

    @parity_checks(backends=["mypackage.parity:TensorFlow", "mypackage.parity:Torch"])
    def test_parity(check):
        check.run()

Names resolve on first use, so that importing the package imports no NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity_suite.contracts.finders import find_contracts_by, find_relations_by
from parity_suite.core.law_finder import find_traits_by
from parity_suite.core.lazy import getattr_of
from parity_suite.plugin.decorators import parity_checks, parity_selftest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from parity_suite.backends.adapted import adapt
    from parity_suite.backends.adapter import Adapter
    from parity_suite.backends.capabilities import Capabilities, Sizes
    from parity_suite.backends.conventions import Convention
    from parity_suite.backends.parameters import conventions
    from parity_suite.backends.validate_inputs import validate_inputs
    from parity_suite.cases.data_source import ArrayDataset, DataSource, DataTrial
    from parity_suite.cases.hypotheses import AnswerHypothesis, InputHypothesis
    from parity_suite.cases.rules import Rules
    from parity_suite.compare.deviation import deviation
    from parity_suite.contracts.relation_rule import RelationRule
    from parity_suite.core.case import Case
    from parity_suite.core.command import Command
    from parity_suite.core.kinds import Kind
    from parity_suite.core.law_traits import LawTraits
    from parity_suite.core.options import PackOptions
    from parity_suite.core.pack import Pack
    from parity_suite.core.stage import Choice, Field, Parameter, Stage
    from parity_suite.faults.fault import Fault
    from parity_suite.laws.going_on import on_each_variant
    from parity_suite.laws.registry import law

__all__ = [
    "Adapter",
    "AnswerHypothesis",
    "ArrayDataset",
    "Capabilities",
    "Case",
    "Choice",
    "Command",
    "Convention",
    "DataSource",
    "DataTrial",
    "Fault",
    "Field",
    "InputHypothesis",
    "Kind",
    "LawTraits",
    "Pack",
    "PackOptions",
    "Parameter",
    "RelationRule",
    "Rules",
    "Sizes",
    "Stage",
    "adapt",
    "conventions",
    "deviation",
    "law",
    "on_each_variant",
    "parity_checks",
    "parity_selftest",
    "validate_inputs",
]

_HOMES = {
    "Adapter": "backends.adapter",
    "AnswerHypothesis": "cases.hypotheses",
    "ArrayDataset": "cases.data_source",
    "Capabilities": "backends.capabilities",
    "Case": "core.case",
    "Choice": "core.stage",
    "Command": "core.command",
    "Convention": "backends.conventions",
    "DataSource": "cases.data_source",
    "DataTrial": "cases.data_source",
    "Fault": "faults.fault",
    "Field": "core.stage",
    "InputHypothesis": "cases.hypotheses",
    "Kind": "core.kinds",
    "LawTraits": "core.law_traits",
    "Pack": "core.pack",
    "PackOptions": "core.options",
    "Parameter": "core.stage",
    "RelationRule": "contracts.relation_rule",
    "Rules": "cases.rules",
    "Sizes": "backends.capabilities",
    "Stage": "core.stage",
    "adapt": "backends.adapted",
    "conventions": "backends.parameters",
    "deviation": "compare.deviation",
    "law": "laws.registry",
    "on_each_variant": "laws.going_on",
    "validate_inputs": "backends.validate_inputs",
}


def _contracts_of_packs() -> Iterable[Path]:
    """Folders, for who wants a contract of a pack; a run that wants none imports no pack."""
    from parity_suite.core.packs import contract_folders

    return contract_folders()


def _relations_of_packs() -> Mapping[str, RelationRule]:
    """What contracts of packs say beside the language's own."""
    from parity_suite.core.packs import contract_relations

    return contract_relations()


def _traits_of_laws(name: str) -> LawTraits:
    """What laws say of themselves, for the rooms below them."""
    from parity_suite.laws.registry import traits_of

    return traits_of(name)


find_contracts_by(_contracts_of_packs)
find_relations_by(_relations_of_packs)
find_traits_by(_traits_of_laws)

__getattr__ = getattr_of(__name__, _HOMES)
