"""What once went wrong with translation is caught by name in both frameworks; the right backend passes the same."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import pytest

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Verdict
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults import FAULTS
from parity_suite.faults.specs import faulty_spec, installed
from parity_suite.selftest.choice import relevant
from parity_suite.selftest.sieve import sifting
from parity_suite.selftest.sight import on_right

CONTEXT = RunContext()

BOTH: Final = ("torch", "tensorflow")
#: The implementation whose coordinates are coarser, and the compiled one, of either framework.
COARSE: Final = r"(grid_sample|projective)"
COMPILED: Final = r"gather_(compiled|xla)"


class Told(NamedTuple):
    """An entry of the history, a fault that repeats it, and the law that turns red with a text like this."""

    entry: str
    fault: str
    law: str
    text: str
    case: str = "n16.g2.b5"
    backends: tuple[str, ...] = BOTH


TOLD: Final = (
    Told("F06", "dynamic_batch_crashes", "compiled", r"RET_CHECK failure .*dynamic_padder.* dynamic size \d+, not \d+"),
    Told("F06", "dynamic_batch_crashes", "compilations", r"a fresh process failed: .*dynamic size 1, not 3"),
    Told(
        "F06",
        "compiled_for_every_size",
        "compilations",
        rf"(traces|compilations) by {COMPILED} beyond one .* is \d+, and must be 0",
    ),
    Told("F07", "translation_keyword_ignored", "switch", rf"what ran where {COARSE} is asked .*gather_eager.*{COARSE}"),
    Told("F07", "translation_hard_wired", "switch", rf"what ran where {COARSE} is asked .*gather_eager.*{COARSE}"),
    Told(
        "F07",
        "translation_variable_ignored",
        "switch",
        r"what ran under USE_XLA_TRANSLATE=1 .*gather_eager.*gather_xla",
        backends=("tensorflow",),
    ),
    Told(
        "F08",
        "translation_lost_in_new_process",
        "compilations",
        rf"what ran in a fresh process where ({COARSE}|{COMPILED}|gather_graph) is asked .* gather_eager",
    ),
    Told(
        "F08",
        "translation_variable_lost_in_new_process",
        "inheritance",
        r"what ran in a fresh process under USE_XLA_TRANSLATE=1 .*gather_eager.*gather_xla",
        backends=("tensorflow",),
    ),
    Told("F09", "blocks_crash", "blocks", r"values\[0\]\.shape = \[5\] != values\[2\]\.shape = \[10\]"),
    Told("F10", "empty_shift_crashes", "batch_invariance", r"a tensor with 0 elements"),
    Told("F10", "empty_cut_crashes", "batch_invariance", r"a tensor with 0 elements"),
    Told("F10", "empty_stitch_crashes", "streaming", r"a tensor with 0 elements", "n16.g1.b0"),
    Told("F10", "empty_chunk_not_stitched", "remainders", r"a tensor with 0 elements"),
    Told("F10", "remainder_dropped", "batch_invariance", "translate returned images: shape: found B = 18 on axis 0"),
    Told("F11", "unmoved_at_gridsize_one", "sign_axis", r"image moved by [+-]\d x, [+-]\d y"),
    Told("F11", "stitch_crashes_at_gridsize_one", "identity", r"Dimension 3 in both shapes must be equal"),
    Told("F11", "stitch_unmoved_at_gridsize_one", "remainders", r"(train|test) split of \d+ at gridsize 1"),
    Told("F12", "many_shifts_crash", "crowd", r"required broadcastable shapes", "n8.g1.b5216"),
    Told("F12", "many_patches_crash", "crowd", r"required broadcastable shapes", "n8.g1.b5216"),
    Told("F12", "offsets_restart", "crowd", r"images \(\w+, 5216 of them", "n8.g1.b5216"),
    Told("F12", "stitch_positions_restart", "crowd", r"(5216 of them|in batches of|in chunks of)", "n8.g1.b5216"),
    Told("clipped weights", "border_weights_clipped", "mass", r"sum \(\w+\)"),
    Told("clipped weights", "border_weights_clipped_in_one", "mass", r"sum \(\w+\)"),
    Told("clipped weights", "border_weights_clipped_in_compiled", "compiled", r"\w+: "),
    Told("opposite sign", "opposite_sign_in_one", "sign_axis", r"image moved by "),
    Told("opposite sign", "opposite_sign_in_compiled", "compiled", r"\w+: "),
    Told("tiled", "offsets_tiled", "blocks", r"blocks of (2|4|9)"),
    Told("64 or more", "shift_collapses_big_batch", "batch_invariance", r"images \(\w+\)", "n16.g1.b64"),
    Told("64 or more", "big_batch_summed_into_one", "batch_invariance", r"images \(\w+\)", "n16.g1.b64"),
    Told("64 or more", "stitch_collapses_big_batch", "oracle", r"(numerator|canvas) \(\w+\)", "n16.g1.b64"),
    Told("64 or more", "big_batch_on_one_canvas", "oracle", r"\w+ \(own\)", "n16.g1.b64"),
    Told("centred", "offsets_centred_by_batch", "batch_invariance", r"images \(\w+\)"),
    Told("centred", "centred_on_the_batch", "sign_axis", r"canvas at [+-]\d x, [+-]\d y"),
    Told("centred", "last_chunk_on_its_own_centre", "remainders", r"split of \d+ at gridsize \d, stream"),
    Told("wide images", "offset_clipped_by_the_other_side", "canvases", r"images of \d+ x \d+"),
    Told("nearest", "nearest_half_to_even", "nearest", r"(real|complex) at \[ ?-?\d\.5"),
    Told("nearest", "interpolation_ignored", "nearest", r"(real|complex) at \["),
    Told("gradient", "offset_gradient_sign", "gradient", r"d images / d offsets \("),
    Told("gradient", "offset_gradient_mean", "gradient", r"d images / d offsets \(\w+, in pairs\)"),
    Told("not finite", "nan_offsets_accepted", "refusal", r"offsets with (nan|inf): accepted"),
)

#: What compiles or begins processes for seconds, beside an entry of the same law, and another of the same history.
ALIKE: Final = {
    ("dynamic_batch_crashes", "compiled"),
    ("opposite_sign_in_compiled", "compiled"),
    ("translation_lost_in_new_process", "compilations"),
}
#: Each time in one framework, the one after the other; in both before a release.
EVERY: Final = [
    pytest.param(
        backend,
        told,
        id=f"{told.entry.replace(' ', '_')}-{told.fault}-{told.law}-{backend}",
        marks=()
        if backend == told.backends[place % len(told.backends)] and (told.fault, told.law) not in ALIKE
        else pytest.mark.long,
    )
    for place, told in enumerate(TOLD)
    for backend in told.backends
]

RIGHT: Final = [
    pytest.param(backend, told, id=f"{law}-{case}-{backend}")
    for (backend, law, case), told in {(b, told.law, told.case): told for told in TOLD for b in told.backends}.items()
]


def test_every_entry_has_a_fault_that_repeats_it() -> None:
    entries = {told.entry for told in TOLD if told.entry.startswith("F")}
    assert entries == {f"F{number:02}" for number in range(6, 13)}
    assert not [told.fault for told in TOLD if told.entry in entries and told.entry not in FAULTS[told.fault].history]


@pytest.mark.parametrize(("backend", "told"), EVERY)
def test_caught_by_name(backend: str, told: Told) -> None:
    pytest.importorskip(backend)
    check = _check(backend, told)
    finding = Runner(CONTEXT, sifting()).run(check)
    assert finding.red, f"{check.id} is {finding.verdict}: {finding.reason}"
    in_one = re.fullmatch(rf".*\.({COARSE}|{COMPILED})", finding.subject)
    assert bool(in_one) is (told.fault.endswith(("_in_one", "_in_compiled")) or told.law == "compiled")
    assert re.search(told.text, finding.reason), finding.reason
    assert finding.blame == FAULTS[told.fault].stage


@pytest.mark.long  # The main job asks the same.
@pytest.mark.parametrize(("backend", "told"), RIGHT)
def test_the_right_backend_passes_the_same(backend: str, told: Told) -> None:
    pytest.importorskip(backend)
    check = on_right(_check(backend, told), installed(backend))
    right = Runner(CONTEXT, Policy("cpu")).run(check)
    assert right.verdict is Verdict.OK, right.reason


def _check(backend: str, told: Told) -> Check:
    """The check of the fault's own stage, on a copy that has not been asked anything yet."""
    fault = FAULTS[told.fault]
    spec = faulty_spec(installed(backend), told.fault, f"{backend}_{told.law}")
    asked = [
        c for c in relevant(spec, fault, "made") if (c.stage, c.law, c.case.name) == (fault.stage, told.law, told.case)
    ]
    # Of those that are made for each shape, the last is the one that most is made for.
    return asked[-1]


def test_a_switch_that_no_backend_has_cannot_be_ignored() -> None:
    torch: BackendSpec = installed("torch")
    pytest.importorskip("torch")
    spec = faulty_spec(torch, "translation_variable_ignored", "torch_ignorant")
    with pytest.raises(ValueError, match="lacks a switch in the environment"):
        spec.load()
