"""A network that exists for sides of 64 and more is asked every law of learning there, and wrong ones are red."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plain import finding_of, spec_of
from whole import Whole

from parity_suite import Capabilities, Sizes
from parity_suite.core.cause import Cause
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Verdict
from parity_suite.engine.checks import enumerate_checks
from parity_suite.engine.runner import Runner
from parity_suite.faults import FAULTS
from parity_suite.faults.specs import faulty_spec
from parity_suite.ptychography.cases import select
from parity_suite.ptychography.faults.model_fault import ModelFault
from parity_suite.ptychography.learning.thresholds import Thresholds
from parity_suite.ptychography.learning.weights import initial_weights as reference_weights
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.sizes import GUARDED, LARGE_LESSONS, LESSONS
from parity_suite.ptychography.torch import Torch
from parity_suite.report.terminal import verdict_lines
from parity_suite.selftest.choice import relevant

MODEL = ("train", "bundle", "infer")
TAUGHT = LARGE_LESSONS[0]


class Wide(Whole):
    """Has no network for smaller sides."""

    capabilities = Capabilities(sizes={"N": Sizes(at_least=64)})

    def train(self, **given: Any) -> Any:
        if given["counts"].shape[1] < 64:
            raise ValueError("counts: no network of this side")
        return super().train(**given)


class WideTorch(Torch):
    capabilities = Wide.capabilities


class Narrow(Whole):
    """Takes patterns one by one, and has no float64."""

    capabilities = Capabilities(sizes={"N": (64,), "C": 1}, precisions=("float32",))


class Above(Whole):
    capabilities = Capabilities(sizes={"N": 128, "C": 1})


class WithoutProbe(Wide):
    """Its bundle has no probe: a plain one takes its place."""

    def load(self, folder: str) -> None:
        super().load(folder)
        self.held["probe"] = np.ones_like(self.held["probe"])


class WithoutProbeInTheState(Wide):
    def load(self, folder: str) -> None:
        super().load(folder)
        self.seen = self.held.pop("probe")

    def infer(self, amplitude: Any, batch: int | None = None) -> Any:
        return self.patches_of(amplitude)


class OtherPatches(Wide):
    """What it infers after a reload is not what it inferred before."""

    def load(self, folder: str) -> None:
        super().load(folder)
        self.reloaded = True

    def patches_of(self, amplitude: Any) -> Any:
        return super().patches_of(amplitude) * self.real.type(1.01 if hasattr(self, "reloaded") else 1)


class WithoutScale(Wide):
    """A scale that is not saved is 1 when it is read."""

    def load(self, folder: str) -> None:
        super().load(folder)
        self.held["intensity_scale"] = 1.0


class Still(Wide):
    """Nothing moves, in a training in float32 alone."""

    capabilities = Capabilities(sizes={"N": Sizes(at_least=64)}, precisions=("float32",))

    def train(self, **given: Any) -> Any:
        return super().train(**{**given, "settings": {**given["settings"], "learning_rate": 1e-12}})


def _learning(cls: type[Any]) -> list[Check]:
    """The checks of learning on the CPU that are within what a class declares."""
    checks = [one for one in enumerate_checks([spec_of(cls)]) if one.stage in MODEL and one.device == "cpu"]
    return [one for one in checks if one.case not in (*LESSONS, *GUARDED)]


def _names(checks: list[Check]) -> set[tuple[str, str, str]]:
    return {(one.stage, one.law, one.precision) for one in checks}


def test_every_law_of_learning_is_asked_at_the_sides_that_are_declared() -> None:
    usual = [one for one in enumerate_checks([spec_of(Whole)]) if one.stage in MODEL and one.device == "cpu"]
    assert {one.case for one in usual} == {*LESSONS, *GUARDED}
    large = _learning(Wide)
    assert {one.case.name for one in large} == {case.name for case in LARGE_LESSONS}
    assert _names(large) == _names(usual)
    # In a quick run what is quick at smaller sides is quick here.
    assert _names([one for one in large if not one.slow]) == _names([one for one in usual if not one.slow])


@pytest.mark.parametrize(("cls", "case"), [(Narrow, "lesson64.g1"), (Above, "lesson128.g1")])
def test_the_first_task_that_a_backend_can_be_asked_is_quick(cls: type[Any], case: str) -> None:
    asked = _learning(cls)
    assert case in {one.case.name for one in asked if not one.slow and one.law == "round_trip"}


def test_a_backend_of_one_mode_is_taught_with_one() -> None:
    limits = [Capabilities(sizes={"P": 1})]
    assert [case.name for case in select("taught", (), limits)] == ["lesson16.g2", "lesson64.g2"]
    assert all(len(lesson(RunContext(), case).probe) == 1 for case in LARGE_LESSONS)


def test_movement_is_asked_in_float32_of_who_has_no_other() -> None:
    assert ("train", "movement", "float32") in _names(_learning(Narrow))
    assert ("train", "movement", "float32") not in _names(_learning(Wide))


def test_two_backends_are_paired_where_both_can_be() -> None:
    pairs = [one for one in enumerate_checks([spec_of(Wide), spec_of(Narrow)]) if one.law == "pair"]
    cases = {one.case.name for one in pairs if one.stage == "bundle"}
    assert cases == {"lesson16.g2", "lesson64.g1"}


#: Of its own network: guards of a stranger's are another matter.
_BEYOND = {"guard", "truth", "baseline", "crowd"}


@pytest.mark.parametrize("one", [c for c in _learning(Wide) if c.case == TAUGHT and c.law not in _BEYOND], ids=str)
def test_a_right_network_of_64_is_green(one: Check) -> None:
    found = finding_of(Wide, one.stage, one.law, one.case, one.precision)
    assert found.verdict is Verdict.OK or found.cause in (Cause.NOT_PROVIDED, Cause.OUTSIDE_CAPABILITY), found.reason


@pytest.mark.parametrize(("stage", "law"), [("infer", "oracle"), ("train", "movement"), ("train", "guard")])
def test_the_reference_learns_at_64(stage: str, law: str) -> None:
    precision = "float64" if law == "movement" else "float32"
    found = finding_of(WideTorch, stage, law, TAUGHT, precision)
    assert found.verdict is Verdict.OK, found.reason


@pytest.mark.parametrize(("law", "precision"), [("oracle", "float32"), ("oracle", "float64"), ("truth", "float32")])
def test_what_the_reference_infers_at_128_is_no_false_alarm(law: str, precision: str) -> None:
    found = finding_of(WideTorch, "infer", law, LARGE_LESSONS[-1], precision)
    assert found.verdict is Verdict.OK, found.reason


class Untrained(WideTorch):
    """Learns nothing."""

    def train(self, **given: Any) -> Any:
        return super().train(**{**given, "settings": {**given["settings"], "learning_rate": 1e-12}})


class Mirrored(WideTorch):
    def infer(self, amplitude: Any, batch: int | None = None) -> Any:
        return np.ascontiguousarray(super().infer(amplitude, batch)[:, ::-1])


@pytest.mark.parametrize("cls", [Untrained, Mirrored])
def test_an_ill_network_of_128_breaks_more_than_one_threshold(cls: type[Any]) -> None:
    found = finding_of(cls, "infer", "truth", LARGE_LESSONS[-1])
    assert found.verdict is Verdict.SEMANTIC
    broken = {one.output for one in found.measured if not one.within}
    assert broken >= {"canvas_correlation", "canvas_phase_ssim", "canvas_unconjugated"}


@pytest.mark.parametrize(
    ("cls", "said"),
    [
        (WithoutProbe, "probe (trained)"),
        (WithoutProbeInTheState, "['probe'] are not in both states"),
        (OtherPatches, "inference (trained)"),
        (WithoutScale, "intensity_scale (trained)"),
    ],
)
def test_what_a_reload_loses_is_red_at_64(cls: type[Any], said: str) -> None:
    found = finding_of(cls, "bundle", "round_trip", TAUGHT)
    assert found.red
    assert any(said in text for text in (found.reason, *(one.output for one in found.measured if not one.within)))


def test_a_network_that_stands_still_in_float32_is_red_at_64() -> None:
    assert finding_of(Still, "train", "movement", TAUGHT).verdict is Verdict.SEMANTIC


class Stranger(Wide):
    """A network of its own, which nobody measured: as bright as ours, and dim in ``Dim``."""

    gain = 1.0

    def initial_weights(self, seed: int, channels: int, side: int) -> Any:
        assert side == 64
        return np.ones(channels, self.real)

    def train(self, **given: Any) -> Any:
        assert given["weights"].shape == given["counts"].shape[3:]
        return super().train(**{**given, "weights": reference_weights(0, given["counts"].shape[3])})

    def patches_of(self, amplitude: Any) -> Any:
        return super().patches_of(amplitude) * self.real.type(self.gain)


class Flat(Stranger):
    gain = 1e-6


def test_a_selftest_asks_the_checks_that_its_backend_can_be_asked() -> None:
    fault = next(one for one in FAULTS.values() if issubclass(one, ModelFault) and one.stage == "bundle")
    for cls, names in ((Whole, {"lesson16.g2"}), (Wide, {"lesson16.g2", TAUGHT.name})):
        asked = relevant(faulty_spec(spec_of(cls), fault.__name__, "copy"), fault, "made")
        assert {one.case.name for one in asked} == names


class DarkBorder(Narrow):
    """Its patches are zero beyond the middle, as those of a network whose probe lights no more."""

    def patches_of(self, amplitude: Any) -> Any:
        whole = super().patches_of(amplitude)
        inner = np.zeros_like(whole)
        inner[:, 16:-16, 16:-16] = whole[:, 16:-16, 16:-16]
        return inner


class Blank(DarkBorder):
    """What it stitches of a stream is blank on one side."""

    def infer_stream(self, *arguments: Any, **more: Any) -> Any:
        found = super().infer_stream(*arguments, **more)
        width = found["canvas"].shape[1] // 2
        return {**found, "canvas": np.where(np.arange(found["canvas"].shape[1]) < width, 0, found["canvas"])}


@pytest.mark.parametrize("law", ["streaming", "remainders"])
def test_a_patch_may_be_dark_and_a_canvas_not(law: str) -> None:
    found = finding_of(DarkBorder, "infer", law, LARGE_LESSONS[1])
    assert found.verdict is Verdict.OK, found.reason
    found = finding_of(Blank, "infer", law, LARGE_LESSONS[1])
    assert found.verdict is Verdict.SEMANTIC
    assert any("blank pixels" in one.output and not one.within for one in found.measured)


class Coarse(Narrow):
    """Stitches by places in float32, and says so, or not."""

    capabilities = replace(Narrow.capabilities, coordinates={"reassemble": "float32"})

    def infer_stream(self, *arguments: Any, **more: Any) -> Any:
        found = super().infer_stream(*arguments, **more)
        return {name: value * value.real.dtype.type(1 + 3e-5) for name, value in found.items()}


class CoarseUnsaid(Coarse):
    capabilities = Narrow.capabilities


def test_a_network_that_stitches_by_coarser_places_is_allowed_what_it_declares() -> None:
    assert finding_of(Coarse, "infer", "streaming", LARGE_LESSONS[1]).verdict is Verdict.OK
    assert finding_of(CoarseUnsaid, "infer", "streaming", LARGE_LESSONS[1]).red
    assert finding_of(Coarse, "train", "precedence", LARGE_LESSONS[1]).verdict is Verdict.OK


class Unasked(Narrow):
    """Is never asked for a training at another side, nor for the first weights of one."""

    def initial_weights(self, seed: int, channels: int, side: int) -> Any:
        if side != 64:
            raise ValueError(f"side: no network of {side}")
        return np.zeros(channels, self.real)

    def train(self, **given: Any) -> Any:
        assert given["counts"].shape[1] == 64
        return super().train(**given)


def test_no_law_of_training_asks_what_is_outside() -> None:
    for check in (one for one in enumerate_checks([spec_of(Unasked)]) if one.stage == "train"):
        if check.case.size("N") != 64:
            found = Runner(RunContext()).run(check)
            assert found.verdict is Verdict.NOT_RUN, (check, found.reason)
    pair = Check("train", "pair", LESSONS[1], (spec_of(Unasked), spec_of(Wide)), "cpu", "float32")
    assert Runner(RunContext()).run(pair).cause is Cause.OUTSIDE_CAPABILITY


class WideScale(Narrow):
    """Keeps its scale as a Python number, in float64 whatever the precision."""

    def train(self, **given: Any) -> Any:
        found = super().train(**given)
        if given["scale"]:
            self.held["intensity_scale"] = given["scale"]
        return found


@pytest.mark.parametrize(("stage", "law"), [("train", "precedence"), ("bundle", "round_trip")])
def test_a_scale_may_be_kept_in_more_digits_than_the_precision_has(stage: str, law: str) -> None:
    found = finding_of(WideScale, stage, law, LARGE_LESSONS[1])
    assert found.verdict is Verdict.OK, found.reason


class FixedProbe(Narrow):
    """Trains the scale, and has no probe to train."""

    capabilities = replace(Narrow.capabilities, choices={"train": ("fixed probe",)})

    def train(self, **given: Any) -> Any:
        assert not given["settings"]["train_probe"]
        return super().train(**given)


class FixedScale(FixedProbe):
    def train(self, **given: Any) -> Any:
        return super().train(**{**given, "settings": {**given["settings"], "train_scale": False}})


def test_who_has_no_probe_to_train_is_asked_for_the_rest() -> None:
    found = finding_of(FixedProbe, "train", "movement", LARGE_LESSONS[1])
    assert found.verdict is Verdict.OK, found.reason
    assert "train fixed probe" in found.not_asked
    found = finding_of(FixedScale, "train", "movement", LARGE_LESSONS[1])
    assert found.verdict is Verdict.SEMANTIC
    assert "move of intensity_scale" in found.reason


class Stamped(Narrow):
    """Each of its bundles has a number of its own beside."""

    number = 0

    def save(self, folder: str) -> None:
        super().save(folder)
        Stamped.number += 1
        Path(folder, "stamp.txt").write_text(f"{folder} {Stamped.number}")


def test_files_that_differ_are_named_and_are_the_same_in_every_run() -> None:
    found = finding_of(Stamped, "bundle", "round_trip", LARGE_LESSONS[1])
    wrong = [one for one in found.measured if not one.within]
    copies = [f"{name}.{copy}" for name in ("trained", "sentinel", "other") for copy in ("twice", "again")]
    assert {one.output for one in wrong} == {
        f"files of {name} that differ" for name in (*copies, "what was loaded over another")
    }
    assert {str(one.got) for one in wrong} == {"stamp.txt"}


class Unlike(Stranger):
    def initial_weights(self, seed: int, channels: int, side: int) -> Any:
        return np.zeros(channels, self.real)


def test_trainings_that_begin_with_other_weights_are_no_pair() -> None:
    check = Check("train", "pair", TAUGHT, (spec_of(Stranger), spec_of(Unlike)), "cpu", "float64")
    found = Runner(RunContext()).run(check)
    assert (found.cause, found.reason) == (
        Cause.OUTSIDE_CAPABILITY,
        "not provided: stranger and unlike begin with other weights",
    )
    same = replace(check, specs=(spec_of(Stranger), spec_of(Flat)))
    assert Runner(RunContext()).run(same).verdict is Verdict.SEMANTIC


class NotEmpty(Wide):
    """Has nothing to say of none."""

    capabilities = Capabilities(sizes={"N": Sizes(at_least=64), "B": Sizes(at_least=1)})

    def infer(self, amplitude: Any, batch: int | None = None) -> Any:
        if not len(amplitude):
            raise RuntimeError("none")
        return super().infer(amplitude, batch)


@pytest.mark.parametrize("law", ["batch_invariance", "streaming", "remainders"])
def test_who_takes_no_empty_batch_is_given_none_by_a_model(law: str) -> None:
    found = finding_of(NotEmpty, "infer", law, TAUGHT)
    assert found.verdict is Verdict.OK, found.reason


def _own(least: float) -> Mapping[str, Any]:
    limits = {"minimum": least, "maximum": 1e3}
    return {"reason": "a test", "relative_variance": limits, "variance_ratio": limits, "modulus_ratio": limits}


def _guard(cls: type[Any], given: Mapping[str, Any]) -> Finding:
    context = RunContext()
    context.part(Thresholds).override({cls.__name__.lower(): {TAUGHT.name: given}} if given else {})
    return Runner(context).run(Check("train", "guard", TAUGHT, (spec_of(cls),), "cpu", "float32"))


def test_a_network_that_nobody_measured_is_held_to_what_any_keeps() -> None:
    found = _guard(Stranger, {})
    assert found.verdict is Verdict.OK, found.reason
    assert found.not_asked.startswith(
        "no thresholds of stranger on lesson64.g2, of relative_variance, variance_ratio, "
    )
    assert {one.output.partition(" of ")[0] for one in found.measured} == {"var_zero_mean", "mean", "peak_share"}
    assert _guard(Flat, {}).verdict is Verdict.SEMANTIC
    truth = finding_of(Stranger, "infer", "truth", TAUGHT)
    assert (truth.verdict, truth.cause) == (Verdict.NOT_RUN, Cause.NO_BASELINE)


def test_a_network_is_held_to_its_own_thresholds() -> None:
    right, wrong = _guard(Stranger, _own(1e-6)), _guard(Stranger, _own(100.0))
    assert (right.verdict, right.not_asked) == (Verdict.OK, "")
    assert wrong.verdict is Verdict.SEMANTIC
    assert "[tool.parity.thresholds], stranger: a test" in wrong.reason
    told = list(verdict_lines([right], {}))
    assert f"thresholds of {TAUGHT.name}: [tool.parity.thresholds], stranger: a test" in told


@pytest.mark.parametrize("law", ["paths", "round_trip", "precisions"])
def test_a_bundle_is_not_asked_of_at_sides_that_are_not_declared(law: str) -> None:
    found = finding_of(Unasked, "bundle", law, LESSONS[1])
    assert found.cause is Cause.OUTSIDE_CAPABILITY, found.reason
