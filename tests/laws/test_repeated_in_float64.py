"""What a failure is repeated with, and what is wrong in float32 alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from plain import CASE, finding_of, spec_of, subject_of
from whole import Whole

from parity_suite.backends.subject import Subject
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Verdict
from parity_suite.core.kinds import Kind
from parity_suite.engine.runner import Runner
from parity_suite.ptychography.sizes import SMALL
from parity_suite.replay.find import find, isolating

CONTEXT = RunContext()


class Following(Whole):
    """Takes its statistics in the dtype that it is given, summing one pixel after the other."""

    def stats(self, patches: Any) -> Mapping[str, Any]:
        size = np.abs(patches.reshape(len(patches), -1, patches.shape[-1]))
        power = np.cumsum(size**2, axis=1)[:, -1] / size.shape[1]
        mean = np.cumsum(size, axis=1)[:, -1] / size.shape[1]
        return {**super().stats(patches), "mean": mean, "var_zero_mean": power - mean**2}


class Conjugated(Whole):
    """A path of its own for float32, in which the probe is conjugated."""

    def illuminate(self, patches: Any, probe: Any) -> Any:
        return super().illuminate(patches, probe.conj() if self.real == np.float32 else probe)


class Written(Whole):
    """A path of its own for float32, in which the last image stays where it is."""

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        out = super().translate(images, offsets, interpolation)
        return out if self.real == np.float64 or not len(images) else np.concatenate([0.5 * out[:1], out[1:]])


def test_a_backend_that_computes_in_what_it_is_given_is_given_float64() -> None:
    found = finding_of(Following, "stats", "oracle", SMALL[0])
    assert found.verdict is Verdict.NUMERICAL, found.evidence
    assert str(found.evidence).startswith("in float64 the error is ")


@pytest.mark.parametrize("dtype", ["float32", "complex64", "int32", "bool"])
def test_the_same_values_in_float64_and_whole_numbers_as_they_are(dtype: str) -> None:
    value = np.array([0, 1.1, 2]).astype(dtype)
    single: Subject = subject_of(Whole)
    given = single.in_float64().given(value)
    assert np.array_equal(given, value)
    assert given.dtype == {"float32": "float64", "complex64": "complex128"}.get(dtype, dtype)
    assert single.given(value) is value
    assert single.in_float64().given("bilinear") == "bilinear"


@pytest.mark.parametrize("law", ["oracle", "linearity", "adjoint"])
def test_another_meaning_in_float32_alone_is_no_round_off(law: str) -> None:
    found = finding_of(Conjugated, "illuminate", law)
    assert found.verdict is Verdict.SEMANTIC
    assert str(found.evidence).startswith("in float64 the error is ")
    assert str(found.evidence).endswith(": another meaning in float32 alone")
    assert found.looks_like.startswith("probe conjugated")


@pytest.mark.parametrize("law", ["linearity", "adjoint"])
def test_an_instance_that_nobody_asked_before_is_judged_alike(law: str) -> None:
    """It keeps a list of all that it was asked, which is no part of who it is."""
    check = Check("illuminate", law, CASE, (spec_of(Conjugated),), "cpu", "float32")
    found = Runner(CONTEXT, isolating("cpu")).run(check)
    assert (found.verdict, found.kind) == (Verdict.SEMANTIC, Kind.CONJUGATE)


def test_what_is_wrong_in_float32_alone_fails_alone_and_has_calls_that_show_it() -> None:
    check = Check("illuminate", "oracle", CASE, (spec_of(Conjugated),), "cpu", "float32")
    evidence = find(CONTEXT, check, Runner(CONTEXT).run(check))
    assert evidence.fails_alone
    assert evidence.failure is not None
    assert [call.stage for call in evidence.failure.calls] == ["illuminate"]


def test_nor_is_it_the_last_digits_of_what_must_be_exact() -> None:
    found = finding_of(Written, "translate", "identity")
    assert (found.verdict, str(found.evidence)) == (Verdict.SEMANTIC, "in float64 it is off by 0")
