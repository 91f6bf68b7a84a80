"""A mistake in one implementation, where the default one is right, and one in a chain that is done in one, are seen."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from inner_runs import write_module

from parity_suite.backends.registry import parse_spec
from parity_suite.core.context import RunContext
from parity_suite.core.implementations import method_of
from parity_suite.faults import FAULTS, faulty
from parity_suite.faults.need import Need
from parity_suite.selftest.run import tasks
from parity_suite.selftest.sight import sight
from parity_suite.selftest.sighting import MutantResult

BACKEND = """
import numpy as np

class Theirs:
    implementations = {"by_parts": "illuminate"}
    fused = {"far_field": ("illuminate", "diffract")}

    def __init__(self, *, device="cpu", precision="float32"):
        self.real = np.dtype(precision)
        self.complex = np.result_type(self.real, np.complex64)

    def illuminate(self, patches, probe):
        return (patches[:, None] * probe[None, :, :, :, None]).astype(self.complex)

    def illuminate_by_parts(self, patches, probe):
        a, b = patches[:, None], probe[None, :, :, :, None]
        real = a.real * b.real - a.imag * b.imag
        return (real + 1j * (a.real * b.imag + a.imag * b.real)).astype(self.complex)

    def diffract(self, psi):
        intensity = np.sum(np.abs(np.fft.fft2(psi, axes=(2, 3))) ** 2, axis=1) / psi.shape[2] ** 2
        return np.sqrt(np.fft.fftshift(intensity, axes=(1, 2))).astype(self.real)

    def far_field(self, patches, probe):
        return self.diffract(self.illuminate(patches, probe))
"""

FUSED = sorted(name for name, fault in FAULTS.items() if Need.FUSED in fault.needs)


@pytest.fixture(scope="module", autouse=True)
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("theirs")
    write_module(folder / "made_of_parts.py", BACKEND)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield
        sys.modules.pop("made_of_parts", None)


def seen(text: str, fault: str) -> MutantResult:
    return sight(RunContext(), parse_spec(text), FAULTS[fault], "made")


@pytest.mark.parametrize("fault", FUSED)
def test_a_chain_that_is_wrong_in_one_is_seen_and_blamed(fault: str) -> None:
    found = seen("made_of_parts:Theirs", fault)
    assert not found.reason
    assert len({kill.check for kill in found.witnesses}) >= 2
    assert {"composition", "oracle"} <= {law.rpartition(".")[2] for law in found.laws}
    assert not found.misplaced
    assert found.kind in (FAULTS[fault].kind, None)


def test_one_that_is_wrong_where_the_default_is_right_is_seen() -> None:
    found = seen("made_of_parts:Theirs.by_parts", "probe_conjugated")
    assert found.backend == "theirs.by_parts"
    assert len({kill.check for kill in found.witnesses}) >= 2
    assert [kill.check for kill in found.witnesses if "-theirs.by_parts-" not in kill.check] == []
    assert not found.misplaced


def test_faults_of_a_stage_are_put_into_each_implementation_of_it() -> None:
    faults = [FAULTS[name] for name in ("probe_conjugated", "fftshift_missing", *FUSED)]
    put = {(one.backend.name, one.fault) for one in tasks([parse_spec("made_of_parts:Theirs")], faults, measured=False)}
    others = {(backend, fault) for backend, fault in put if backend != "theirs"}
    assert others == {("theirs.by_parts", "probe_conjugated")}
    assert {fault for backend, fault in put if backend == "theirs"} == {one.name for one in faults}


def test_a_copy_is_asked_where_it_is_wrong() -> None:
    right, one = (parse_spec(f"made_of_parts:{name}").load() for name in ("Theirs", "Theirs.by_parts"))
    stage = "illuminate+diffract"
    assert method_of(right, stage) == "far_field"
    assert method_of(faulty(right, FAULTS[FUSED[0]]), stage) == stage
    assert method_of(one, "illuminate") == "illuminate_by_parts"
    assert method_of(faulty(one, FAULTS["probe_conjugated"]), "illuminate") == "illuminate"


def test_who_does_no_chain_in_one_has_no_place_for_it() -> None:
    found = seen("parity_suite.ptychography.numpy_adapter:NumpyAdapter", FUSED[0])
    assert found.reason.endswith("does not define illuminate+diffract, so it cannot be wrong there")
