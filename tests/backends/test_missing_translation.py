"""An implementation that this machine cannot run is named with the reason, and is neither run nor held to anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from parity_suite.backends.registry import parse_spec
from parity_suite.backends.subject import Subject
from parity_suite.cases.missing import Missing
from parity_suite.compare.deviation import Deviation
from parity_suite.compare.exhibit import Fact
from parity_suite.core.context import RunContext
from parity_suite.ptychography.laws.switches import compiled, switch
from parity_suite.ptychography.sizes import SMALL

CONTEXT = RunContext()


def _facts(found: Iterator[Any]) -> dict[str, Any]:
    return {one.name: one.value for one in found if isinstance(one, Fact)}


def test_a_build_without_the_projective_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    tf = pytest.importorskip("tensorflow")
    from parity_suite.ptychography.tensorflow import TensorFlow, translation

    def gone(**_: Any) -> Any:
        raise tf.errors.NotFoundError(None, None, "no kernel is registered")

    subject = Subject(parse_spec("parity_suite.ptychography.tensorflow:TensorFlow"), CONTEXT)
    there = list(switch(subject, "translate", SMALL[1]))
    assert any(isinstance(one, Deviation) and "projective" in one.output for one in there)
    translation.why_not_projective.cache_clear()
    monkeypatch.setattr(tf.raw_ops, "ImageProjectiveTransformV3", gone)
    try:
        reason = "ImageProjectiveTransformV3: NotFoundError: no kernel is registered"
        assert TensorFlow.missing_translation("projective").startswith(reason)
        assert not TensorFlow.missing_translation("gather_graph")
        assert TensorFlow.describe()["projective"].startswith(reason)
        found = list(switch(subject, "translate", SMALL[1]))
        assert _facts(iter(found))["projective is missing"].startswith(reason)
        assert not any(isinstance(one, Deviation) and "projective" in one.output for one in found)
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
        assert Torch.missing_translation("gather_compiled") == reason
        assert not Torch.missing_translation("grid_sample")
        subject = Subject(parse_spec("parity_suite.ptychography.torch:Torch"), CONTEXT)
        # The check is then not run, with the reason: nothing green stands for it.
        with pytest.raises(Missing, match=r"gather_compiled is missing: torch\.compile: RuntimeError: no C"):
            list(compiled(subject, "translate", SMALL[1]))
    finally:
        translation.why_not_compiled.cache_clear()
