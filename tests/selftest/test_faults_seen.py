"""Every fault turns its own stage red, on made data alone and, where it can show there, on measured data alone.

One fault of each stage that has no network in it is asked in every run of the tests, all of them before a release.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Verdict
from parity_suite.engine.policy import Policy
from parity_suite.engine.runner import Runner
from parity_suite.faults import FAULTS, Fault
from parity_suite.faults.need import Need
from parity_suite.faults.specs import faulty_spec, installed
from parity_suite.selftest.choice import Origin, can_show, neighbours, relevant
from parity_suite.selftest.sieve import sifting
from parity_suite.selftest.sighting import MutantResult

CONTEXT = RunContext()

Sight = Callable[[type[Fault], Origin], MutantResult]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
TORCH = BackendSpec("torch", "parity_suite.ptychography.torch", "Torch")
#: All but those of a switch in the environment, of a second mode, or of a declaration, of which PyTorch has none.
IN_TORCH = {
    n: fault for n, fault in FAULTS.items() if not {Need.VARIABLE, Need.WAYS, Need.DECLARED, Need.FUSED} & fault.needs
}
COMMAND = (
    "parity selftest --backend torch=parity_suite.ptychography.torch:Torch --dataset siemens_star_128.npz "
    "--markdown docs/faults.md"
)
#: Faults of every second stage that has no network in it.
QUICK = ["seed_not_first", "cut_axes_swapped", "fftshift_missing", "counts_not_whole", "offset_sign", "nll_mean"]
EVERY = pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, id=name, marks=() if name in QUICK else pytest.mark.long) for name, fault in IN_TORCH.items()],
)

#: The faults that the project was built to see; none may go missing from the gallery.
REQUIRED = set(
    """
offset_sign cut_offset_sign stitch_offset_sign offset_axes_swapped cut_axes_swapped stitch_axes_swapped
fftshift_missing ifftshift_for_fftshift divided_by_n edge_replicated border_weights_clipped scale_one
scale_always_closed float16_inside shift_collapses_big_batch patterns_collapse stitch_collapses_big_batch
sample_variance patches_mirrored stale_answer last_batch_dropped last_chunk_dropped last_partial_batch_blank
channels_transposed channels_column_major wave_conjugated no_square_root amplitude_not_squared modes_add_coherently
count_not_accumulated offsets_centred_by_batch centred_on_the_batch offset_to_nearest_pixel seed_ignored
counts_not_whole rate_floor_gradient nll_mean variation_along_wrong_axis ties_reversed seed_not_first
probe_mask_too_wide probe_factor_missing shift_in_place nan_in_the_dark wrong_dtype nan_accepted
scale_not_saved loaded_scale_unused scale_saved_in_float32 scale_defaulted first_scale_one first_scale_closed
inferred_zero inferred_dim inferred_one_pixel inferred_zero_at_one trained_patches_zero_at_one normalised_by_batch
scale_divided_twice empty_chunk_crashes partial_batch_dropped partial_batch_filled stitched_uncentred
stitched_on_the_chunk canvas_clipped weights_left_behind object_big_off object_big_ignored trained_patches_zero
epsilon_inside_the_root epsilon_of_the_framework bias_not_corrected rate_in_float32 weights_decay nothing_learned
training_continues model_shared digests_ignored kernels_transposed_in_file kernels_flipped time_in_bundle
dynamic_batch_crashes compiled_for_every_size translation_keyword_ignored translation_hard_wired
translation_variable_ignored translation_lost_in_new_process translation_variable_lost_in_new_process
blocks_crash offsets_tiled empty_shift_crashes empty_cut_crashes empty_stitch_crashes empty_chunk_not_stitched
unmoved_at_gridsize_one stitch_crashes_at_gridsize_one stitch_unmoved_at_gridsize_one remainder_dropped
many_shifts_crash many_patches_crash offsets_restart cut_positions_restart stitch_positions_restart
big_batch_summed_into_one big_batch_on_one_canvas opposite_sign_in_one opposite_sign_in_compiled
border_weights_clipped_in_one border_weights_clipped_in_compiled nearest_half_to_even interpolation_ignored
offset_gradient_sign offset_gradient_zero offset_gradient_mean offsets_in_float32 places_in_float32
offset_clipped_by_the_other_side nan_offsets_accepted last_chunk_on_its_own_centre own_centres_restart
old_bundle_kept stale_after_load stale_after_training counts_shared_by_rows counts_shared_by_channels
counts_shared_by_halves seed_of_three_bits seeds_overlap
""".split()  # noqa: SIM905 (a table of words)
)


def page_rows() -> dict[str, list[str]]:
    """The cells of every row of the matrix in the documentation, by fault."""
    rows = [line.strip("| \n").split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in row] for row in rows]
    return {row[1].strip("`"): row + [""] * (6 - len(row)) for row in rows if row[1].startswith("`")}


def test_the_gallery_holds_what_it_must() -> None:
    missing = REQUIRED - set(FAULTS)
    assert not missing


@EVERY
def test_seen_and_blamed_on_made_data(fault: type[Fault], seen: Sight) -> None:
    made = seen(fault, "made")
    assert made.ran
    assert bool(made.witnesses) != bool(fault.equivalent), f"{made.ran} checks of {fault.stage} ran"
    checks = {kill.check for kill in made.witnesses}
    assert len(checks) >= 2 or fault.single or fault.equivalent, f"{checks} alone sees {fault.name}"
    assert not (fault.single and len(checks) > 1), f"{checks} see {fault.name}: one was said to be enough"
    _blamed_and_as_the_page_says(fault, made, 4)


@EVERY
def test_seen_and_blamed_on_measured_data(fault: type[Fault], seen: Sight, star: Path, context: RunContext) -> None:
    measured = seen(fault, "measured")
    shows = can_show(context, TORCH, fault, "measured", (star.stem,)) and not fault.equivalent and not measured.reason
    assert bool(measured.witnesses) == shows, f"{measured.ran} checks ran; {measured.laws}; needs {set(fault.needs)}"
    _blamed_and_as_the_page_says(fault, measured, 5)


def _blamed_and_as_the_page_says(fault: type[Fault], sighting: MutantResult, column: int) -> None:
    assert not sighting.misplaced
    assert not sighting.spoilt
    if fault.equivalent:
        assert f"- `{fault.name}` of {fault.stage}: {fault.equivalent}" in PAGE.read_text("utf-8")
        return
    cell = page_rows()[fault.name][column]
    laws = cell.partition(": ")[2].split(", ") if ": " in cell else []
    assert laws == list(sighting.laws), f"write the page anew: {COMMAND}"


@EVERY
def test_other_stages_stay_green(fault: type[Fault], seen: Sight) -> None:
    checks = list(neighbours(faulty_spec(installed("torch"), fault.name, "torch_elsewhere"), fault))
    findings = [Runner(CONTEXT, sifting()).run(check) for check in checks]
    assert len({f.stage for f in findings if f.verdict is Verdict.OK}) >= 10
    # A training whose output breaks its contract is red wherever a model is asked for, and blamed on the training.
    assert not [f.check for f in findings if f.red and f.blame != fault.stage]


@pytest.mark.long
@pytest.mark.parametrize("origin", ["made", "measured"])
def test_the_right_backend_is_green_on_the_same_checks(
    origin: Origin, request: pytest.FixtureRequest, context: RunContext
) -> None:
    pytest.importorskip("torch")
    files = (request.getfixturevalue("star").stem,) if origin == "measured" else ()
    checks = {c.id: c for fault in FAULTS.values() for c in relevant(TORCH, fault, origin, files) if not c.slow}
    findings = [Runner(context, Policy("cpu")).run(check) for check in checks.values()]
    assert sum(f.verdict is Verdict.OK for f in findings) > len(findings) / 2
    assert not [(f.check, f.reason) for f in findings if f.red]


@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("root_missing_in_one_mode", "mode"),
        ("first_batch_in_one_mode", "mode_sizes"),
        ("eight_in_one_mode", "mode_sizes"),
    ],
)
def test_a_mistake_of_one_mode_is_seen_by_a_law_of_modes(name: str, law: str) -> None:
    pytest.importorskip("tensorflow")
    fault, right = FAULTS[name], installed("tensorflow")
    spec = faulty_spec(right, fault.name, "tensorflow_modes")
    checks = [c for c in relevant(spec, fault, "made") if c.law == law and not (c.slow and law == "mode")][:1]
    findings = [Runner(CONTEXT, sifting()).run(check) for check in checks]
    assert [(f.red, f.blame) for f in findings] == [(True, fault.stage)]
    assert [Runner(CONTEXT, sifting()).run(replace(c, specs=(right,))).verdict for c in checks] == [Verdict.OK]


@pytest.mark.parametrize("name", QUICK)
def test_seen_in_tensorflow_too(name: str) -> None:
    pytest.importorskip("tensorflow")
    fault = FAULTS[name]
    spec = faulty_spec(installed("tensorflow"), name, "tensorflow_made")
    law = "distribution" if fault.stage == "observe" else "oracle"
    checks = [c for c in relevant(spec, fault, "made") if c.law == law and c.case.kind == "probing" and not c.slow]
    right = BackendSpec("tensorflow", "parity_suite.ptychography.tensorflow", "TensorFlow")
    findings = [Runner(CONTEXT, sifting()).run(check) for check in checks]
    assert {f.blame for f in findings if f.red} == {fault.stage}
    assert not [c.id for c in checks if Runner(CONTEXT, sifting()).run(replace(c, specs=(right,))).red]
