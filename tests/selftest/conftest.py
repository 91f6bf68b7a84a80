"""The measured dataset, and what the checks make of every fault, measured once."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from parity_suite.cases.datasets import Datasets
from parity_suite.core.context import RunContext
from parity_suite.faults import Fault
from parity_suite.faults.specs import installed
from parity_suite.ptychography.datasets.raw_file import load_raw
from parity_suite.selftest.choice import Origin
from parity_suite.selftest.sight import sight
from parity_suite.selftest.sighting import MutantResult

CONTEXT = RunContext()
FILE = Path("siemens_star", "siemens_star_128.npz")

Sight = Callable[[type[Fault], Origin], MutantResult]


@pytest.fixture(scope="session")
def star() -> Path:
    """The measured dataset, whose name is then known to the cases."""
    named = os.environ.get("PARITY_DATA")
    folder = Path(named or Path(__file__).resolve().parents[3] / "shared" / "data")
    if not (folder / FILE).is_file():
        assert not named, f"no measured data: there is no {FILE} under PARITY_DATA={named}"
        pytest.skip(f"no measured data: PARITY_DATA is not set, and there is no {FILE} in ../shared/data")
    CONTEXT.part(Datasets).add(load_raw(folder / FILE))
    return folder / FILE


@cache
def _seen(fault: type[Fault], origin: Origin) -> MutantResult:
    return sight(CONTEXT, installed("torch"), fault, origin, (FILE.stem,) if origin == "measured" else ())


@pytest.fixture(scope="session")
def context() -> RunContext:
    """What all tests of the selftest share: one asks what another one's sightings are worth."""
    return CONTEXT


@pytest.fixture(scope="session")
def seen() -> Sight:
    """What the checks of a fault's stage make of a copy of the torch backend with the fault in it."""
    pytest.importorskip("torch").set_num_threads(1)
    return _seen
