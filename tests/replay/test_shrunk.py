"""What a folder holds is small, fails in the way that was found, holds on a right backend, and fails on another that
makes the same mistake.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from failed import check_of, script, spec, written
from thinning import thinned

from parity_suite.cases.datasets import Datasets
from parity_suite.replay.rerun import ReplayOverrides, rerun

ONE = (1, 1, 1, 1)

#: Fault, stage, law, case, verdict, and the inputs that are left, arrays by their shapes.
SHRUNK: list[tuple[str, str, str, str, str, dict[str, Any]]] = [
    ("offset_sign", "translate", "oracle", "n15.g1.b3", "semantic", {"images": (1, 1, 2, 1), "offsets": (1, 2)}),
    ("edge_replicated", "translate", "oracle", "n15.g1.b3", "semantic", {"images": ONE, "offsets": (1, 2)}),
    ("lone_image_squeezed", "translate", "batch_invariance", "n15.g1.b3", "contract", {"images": ONE}),
    ("shift_in_place", "translate", "oracle", "n15.g1.b3", "contract", {"images": ONE}),
    ("empty_shift_crashes", "translate", "oracle", "n16.g1.b0", "error", {"images": (0, 1, 1, 1)}),
    ("remainder_dropped", "translate", "oracle", "n16.g2.b5", "contract", {"images": (4, 1, 1, 1)}),
    ("ifftshift_for_fftshift", "diffract", "oracle", "n15.g1.b3", "semantic", {"psi": (1, 1, 3, 3, 1)}),
    ("modes_add_coherently", "diffract", "oracle", "n15.g1.b3", "semantic", {"psi": (1, 2, 1, 1, 1)}),
    ("wrong_dtype", "diffract", "oracle", "n15.g1.b3", "contract", {"psi": (1, 1, 1, 1, 1)}),
    ("float16_inside", "diffract", "oracle", "n16.g2.b5", "semantic", {"psi": (1, 1, 1, 1, 1)}),
    ("channels_column_major", "layout", "oracle", "n16.g2.b5", "semantic", {"images": (1, 2, 2, 1, 1, 1)}),
    ("ties_reversed", "group", "oracle", "n16.g2.b5", "semantic", {"positions": (4, 2), "gridsize": 2}),
    ("probe_conjugated", "illuminate", "linearity", "n16.g2.b5", "semantic", {"patches": ONE, "probe": (1, 1, 1)}),
    ("cut_axes_swapped", "extract", "oracle", "n15.g1.b3", "semantic", {"object": (2, 1), "size": 1}),
    ("stitch_offset_sign", "reassemble", "oracle", "n15.g1.b3", "semantic", {"patches": ONE, "canvas": (1, 2)}),
    ("nll_mean", "loss", "oracle", "n16.g2.b5", "semantic", {"counts": (1, 2, 2, 1), "scale": 1.0}),
]


@pytest.mark.parametrize(("fault", "stage", "law", "case", "verdict", "left"), SHRUNK, ids=lambda one: str(one)[:24])
def test_a_fault_shrinks_to_what_shows_it(
    fault: str, stage: str, law: str, case: str, verdict: str, left: dict[str, Any], tmp_path: Path
) -> None:
    check = check_of(f"plain__{fault}", stage, law, case)
    finding, kept = written(check, tmp_path)
    assert finding.verdict == verdict == kept.facts["verdict"]
    (call,) = kept.calls
    assert {name: getattr(call.inputs[name], "shape", call.inputs[name]) for name in left} == left
    assert kept.facts["shrunk"]["after"] == call.size <= kept.facts["shrunk"]["before"]
    again = rerun(kept, ReplayOverrides(), Datasets())
    assert again.finding.verdict == verdict
    assert again.since[0].startswith("same as recorded")
    right = rerun(kept, ReplayOverrides(backends=(spec("plain"),)), Datasets())
    assert right.finding.passed
    assert right.since[0].startswith(
        f"holds on plain-cpu-float32; recorded of plain__{fault}-cpu-float32 was {verdict}: "
    )


@pytest.mark.parametrize(
    ("fault", "stage", "law", "case"), thinned([one[:4] for one in SHRUNK], 4, ids=[one[0] for one in SHRUNK])
)
def test_the_script_ends_with_1_until_the_fault_is_gone(
    fault: str, stage: str, law: str, case: str, tmp_path: Path
) -> None:
    _, kept = written(check_of(f"plain__{fault}", stage, law, case), tmp_path)
    done = script(kept.path)
    assert done.returncode == 1, done.stdout
    path = kept.path / "replay.py"
    path.write_text(path.read_text("utf-8").replace(f"plain__{fault}", "plain"), "utf-8")
    done = script(kept.path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("no longer wrong\n")


def test_a_fault_of_large_batches_keeps_its_batch(tmp_path: Path) -> None:
    check = check_of("plain__shift_collapses_big_batch", "translate", "oracle", "n16.g1.b64")
    _, kept = written(check, tmp_path)
    assert kept.calls[0].inputs["images"].shape == (64, 1, 1, 1)
    assert rerun(kept, ReplayOverrides(), Datasets()).finding.verdict == "semantic"


def test_one_failure_does_not_shrink_to_another(tmp_path: Path) -> None:
    """Half of 15 pixels would raise, which is not what was found."""
    _, kept = written(check_of("twofold", "diffract", "oracle", "n15.g1.b3"), tmp_path)
    assert kept.facts["verdict"] == "contract"
    assert kept.calls[0].inputs["psi"].shape == (1, 1, 9, 9, 1)


def test_what_was_asked_before_is_asked_before(tmp_path: Path) -> None:
    """The wrong answer is that to the call before: neither call alone shows it."""
    _, kept = written(check_of("plain__stale_answer", "diffract", "statelessness", "n15.g1.b3"), tmp_path)
    assert [call.size for call in kept.calls] == [1, 1]
    assert "before0.psi" in kept.arrays["inputs"]
    np.testing.assert_allclose(kept.arrays["got"]["amplitude"], np.abs(kept.arrays["inputs"]["before0.psi"][:, 0]))
    assert rerun(kept, ReplayOverrides(), Datasets()).since == ("same as recorded, to the last bit",)
    assert rerun(kept, ReplayOverrides(backends=(spec("plain"),)), Datasets()).finding.passed


@pytest.mark.parametrize(
    ("fault", "stage", "law", "verdict"),
    [("seed_ignored", "observe", "determinism", "semantic"), ("nan_accepted", "diffract", "refusal", "contract")],
)
def test_what_no_call_shows_is_the_law_on_its_case(
    fault: str, stage: str, law: str, verdict: str, tmp_path: Path
) -> None:
    finding, kept = written(check_of(f"plain__{fault}", stage, law, "n16.g2.b5"), tmp_path)
    assert kept.calls == ()
    assert kept.arrays["inputs"]
    assert finding.verdict == rerun(kept, ReplayOverrides(), Datasets()).finding.verdict == verdict
    assert rerun(kept, ReplayOverrides(backends=(spec("plain"),)), Datasets()).finding.passed


def test_a_law_is_replayed_on_the_smallest_case_that_fails(tmp_path: Path) -> None:
    """The image is moved rightly each time that there are not 5 of them, and its gradient is not looked at."""
    _, kept = written(check_of("plain__nan_offsets_accepted", "translate", "refusal", "n16.g2.b5"), tmp_path)
    assert kept.calls == ()
    assert kept.facts["check"].startswith("translate.refusal[n16.g2.b5-")
    assert kept.facts["alone"] == "yes"


def test_another_backend_with_the_same_mistake_fails(tmp_path: Path) -> None:
    _, kept = written(check_of("plain__offset_sign", "translate", "oracle", "n15.g1.b3"), tmp_path)
    other = rerun(kept, ReplayOverrides(backends=(spec("other__offset_sign"),)), Datasets())
    assert other.finding.verdict == "semantic"
    assert other.finding.subject == "other__offset_sign"
    assert rerun(kept, ReplayOverrides(backends=(spec("other"),)), Datasets()).finding.passed
    another = rerun(kept, ReplayOverrides(backends=(spec("other__lone_image_squeezed"),)), Datasets())
    assert another.finding.verdict == "contract"
    assert another.since[0].startswith("another failure: recorded was semantic: ")


def test_the_same_inputs_in_float64(tmp_path: Path) -> None:
    _, kept = written(check_of("plain__offset_sign", "translate", "oracle", "n15.g1.b3"), tmp_path)
    finding = rerun(kept, ReplayOverrides(precision="float64"), Datasets()).finding
    assert (finding.verdict, finding.precision, str(finding.evidence)) == ("semantic", "float64", "measured in float64")


def test_a_pair_cannot_be_wished_for_one_backend(tmp_path: Path) -> None:
    _, kept = written(check_of("plain__offset_sign", "translate", "oracle", "n15.g1.b3"), tmp_path)
    with pytest.raises(ValueError, match=r"--backend: .* is about 1, not 2"):
        rerun(kept, ReplayOverrides(backends=(spec("plain"), spec("other"))), Datasets())
