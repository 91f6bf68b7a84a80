"""An implementation that this machine cannot run is named with the reason, and is neither run nor held to anything."""

from __future__ import annotations

from typing import Any

import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.engine.runner import Runner
from parity_suite.ptychography.sizes import SMALL
from parity_suite.selftest.sieve import sifting

CONTEXT = RunContext()


def _finding(spec: str, law: str) -> Finding:
    return Runner(CONTEXT, sifting()).run(Check("translate", law, SMALL[1], (parse_spec(spec),), "cpu", "float32"))


def test_a_build_without_the_projective_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    tf = pytest.importorskip("tensorflow")
    from parity_suite.ptychography.tensorflow import TensorFlow, translation

    def gone(**_: Any) -> Any:
        raise tf.errors.NotFoundError(None, None, "no kernel is registered")

    spec = "parity_suite.ptychography.tensorflow:TensorFlow"
    assert any("projective" in one.output for one in _finding(spec, "switch").measured)
    translation.why_not_projective.cache_clear()
    monkeypatch.setattr(tf.raw_ops, "ImageProjectiveTransformV3", gone)
    try:
        reason = "ImageProjectiveTransformV3: NotFoundError: no kernel is registered"
        assert TensorFlow.missing_implementation("projective").startswith(reason)
        assert not TensorFlow.missing_implementation("gather_graph")
        assert TensorFlow.describe()["projective"].startswith(reason)
        found = _finding(spec, "switch")
        assert found.facts["projective is missing"].startswith(reason)
        assert found.passed
        assert not any("projective" in one.output for one in found.measured)
        # Its own checks are then not run, with the reason: nothing green stands for them.
        missing = _finding(f"{spec}.projective", "identity")
        assert (missing.verdict, missing.cause) == (Verdict.NOT_RUN, Cause.NO_DEVICE)
        assert missing.reason.startswith(reason)
    finally:
        monkeypatch.undo()
        translation.why_not_projective.cache_clear()
    assert TensorFlow.describe()["projective"] == "there"


def test_a_machine_on_which_torch_compile_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    from parity_suite.ptychography.torch import Torch, translation

    def broken() -> Any:
        raise RuntimeError("no C++ compiler")

    translation.why_not_compiled.cache_clear()
    monkeypatch.setattr(translation, "_compiled", broken)
    try:
        reason = "torch.compile: RuntimeError: no C++ compiler"
        assert Torch.missing_implementation("gather_compiled") == reason
        assert not Torch.missing_implementation("grid_sample")
        found = _finding("parity_suite.ptychography.torch:Torch.gather_compiled", "compiled")
        assert (found.verdict, found.cause, found.reason) == (Verdict.NOT_RUN, Cause.NO_DEVICE, reason)
    finally:
        translation.why_not_compiled.cache_clear()
