"""Laws of the evaluation path: what it gives depends on the model and the group, and on nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.subject import Subject
from parity_suite.compare.deviation import BrokenRule, Deviation, Outcome, deviation, exactly
from parity_suite.core.case import Case
from parity_suite.core.law_traits import LawTraits
from parity_suite.laws.placement import at_home
from parity_suite.laws.registry import law
from parity_suite.ptychography.canvases import compare_canvas
from parity_suite.ptychography.evaluation.placement import canvas_for
from parity_suite.ptychography.inputs import seasoned_weights
from parity_suite.ptychography.laws.bundles import SENTINEL, must_raise
from parity_suite.ptychography.laws.held_models import asked_beside_a_model, refused_beside_a_model
from parity_suite.ptychography.laws.learned import TrainedModel, infer, learned, reference_weights, train, untrained
from parity_suite.ptychography.laws.reassembly import CHUNKS
from parity_suite.ptychography.laws.stitching import BATCH, SIZES, SPLITS, blank_pixels, chunks_of, kept, split_of
from parity_suite.ptychography.laws.streams import inferred
from parity_suite.ptychography.learning.architecture import width_of
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.sizes import gridsize_of

_NEEDS = ("train", "state")
#: Of 5,216 groups of the smallest patches at gridsize 2.
_PIXELS = 5216 * 4 * 16**2
#: The update of a projection is measured against the mean light, so that its error grows with the side. Rough patches
#: have 4 eps at 16, 65 at 64 and 138 at 128: above the side of the small lessons they are allowed side / 8 times more.
_SMALL, _SHARE = 16, 8.0


def _amplitude(subject: Subject, case: Case) -> Array:
    return lesson(subject.context, case).amplitude.astype(subject.rounding)


@law(stages=("infer",), cases="lessons", needs=_NEEDS, quick=True)
def oracle(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Inference is the oracle's network with weights, probe and scale of the state; of rough patches too."""
    model, given, amplitude = learned(subject, case), lesson(subject.context, case), _amplitude(subject, case)
    channels = amplitude.shape[3]
    weights = reference_weights(model, channels, width_of(len(given.weights), channels))
    want = Oracle().network(amplitude, model.state["probe"], model.scale, weights)
    yield deviation("patches", infer(model, amplitude), want)
    # Among others, one that saw no light.
    dark = amplitude[:2].copy()
    dark[:1] = 0
    want = Oracle().network(dark, model.state["probe"], model.scale, weights)
    yield deviation("patches without light, and with", infer(model, dark), want)
    # What is learned is smooth; of these moduli and phases are anywhere that the network reaches.
    first, none = seasoned_weights(gridsize_of(case)), given.order[:0]
    rough = train(subject, given, weights=first, scale=model.scale, order=none, watch=np.arange(1))
    weights = reference_weights(rough, channels, width_of(len(first), channels))
    want = Oracle().network(amplitude[:2], rough.state["probe"], rough.scale, weights)
    found, side = deviation("patches that are rough", infer(rough, amplitude[:2]), want), amplitude.shape[1]
    yield replace(found, eps_factor=side / _SHARE) if side > _SMALL and isinstance(found, Deviation) else found


@law(stages=("infer",), cases="lessons", needs=_NEEDS, traits=LawTraits(of_arrays=True, relative_of_models=True))
def train_eval(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Evaluation gives the patches that the training path gives with the same model."""
    model = learned(subject, case)
    yield deviation("patches", infer(model, _amplitude(subject, case)), model.patches)


@law(stages=("infer",), cases="lessons", needs=_NEEDS)
def batch_invariance(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Whatever the batch, and whether it divides the set or leaves a last one of one: n rows in, n out, the same ones;
    none in, none out.
    """
    model, amplitude = learned(subject, case), _amplitude(subject, case)
    n = len(amplitude)
    whole = infer(model, amplitude)
    none = not subject.outside(stage, {"amplitude": amplitude[:0], "batch": None})
    if none:
        yield exactly("rows of none", len(infer(model, amplitude[:0])), 0)
    for batch in (1, 2, 3, n - 1, n, n + 5):
        yield deviation(f"patches in batches of {batch}", infer(model, amplitude, batch), whole)
    parts = [infer(model, amplitude[a:b], 4) for a, b in pairwise((0, 0, 1, n - 1, n)) if none or b > a]
    label = "patches in four calls, the first of none" if none else "patches in three calls"
    yield deviation(label, np.concatenate(parts), whole)
    order = np.roll(np.arange(n)[::-1], 1)
    yield deviation("patches in another order", infer(model, amplitude[order], 5), whole[order])


@law(
    stages=("infer",),
    cases="taught",
    needs=_NEEDS,
    precisions=("float32",),
    slow=True,
    traits=LawTraits(other_sizes=True, telling=-1, untried=True, relative_of_models=True),
)
def crowd(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Among 5,216 groups, or of larger patches as many as have no more pixels, each is what it is alone."""
    model, amplitude = learned(subject, case), _amplitude(subject, case)
    n, many = len(amplitude), min(5216, _PIXELS // amplitude[0].size)
    pick = np.arange(many) % n
    got = infer(model, amplitude[pick], 63)
    yield deviation(f"patches of {many:,} groups", got, infer(model, amplitude)[pick])


@law(stages=("infer",), cases="lessons", needs=("infer_stream", *_NEEDS), traits=LawTraits(relative=True))
def streaming(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Chunks stitched as they come, empty and single ones among them, give the canvas of all patches at once; nothing
    is clipped and nothing blank, wherever the scan lies; and no chunks give an empty canvas.
    """
    given, model, amplitude = lesson(subject.context, case), learned(subject, case), _amplitude(subject, case)
    n, side = len(amplitude), amplitude.shape[1]
    patches = infer(model, amplitude)
    # As far from the origin as the history's test split, and on a grid that float32 holds; higher than wide, and wider
    # than high; an iterator, and what can be gone through again.
    for shift, (higher, wider), taken in ((0.0, (3, 0), iter), (273.0, (0, 4), list)):
        positions = given.positions + shift
        centre = given.centre + shift
        height, width = canvas_for(positions, centre, side)
        canvas = height + higher, width + wider
        # One of them twice in turn, as of a scan that was gone through again; and more chunks than are counted by hand,
        # which are as many in any precision.
        parts = [np.arange(a, b) for a, b in ((0, 0), (0, 1), (0, 1), (1, n // 2), (n // 2, n))]
        if taken is iter and subject.precision == subject.capabilities.precisions[0]:
            parts += [np.array([k % n]) for k in range(CHUNKS // 3)]
        every = np.concatenate(parts)
        chunks = ((amplitude[part], positions[part]) for part in parts)
        got = inferred(model, taken(chunks), centre, canvas, 5)
        want = Oracle().reassemble(patches[every], positions[every], centre, canvas)
        for name in ("numerator", "count"):
            yield deviation(f"{name}, scan moved by {shift:g}", got[name], want[name], terms=len(every))
        yield from compare_canvas(f"canvas, scan moved by {shift:g}", got, want)
        # A patch spreads weight 1 for each of its pixels, and none may fall off the canvas.
        weight = patches.shape[3] * len(every) * side**2
        yield deviation(
            f"weight on the canvas, scan moved by {shift:g}",
            np.sum(got["count"], dtype=float),
            weight,
            terms=len(every),
        )
        yield exactly(f"blank pixels among the covered, scan moved by {shift:g}", blank_pixels(got, want), 0)
    first = subject.precision == subject.capabilities.precisions[0]
    if first and not subject.outside(stage, {"amplitude": amplitude[:0], "batch": None}):
        blank = inferred(model, iter(()), given.centre, (side + 3, side))
        lit = sum(np.count_nonzero(blank[name]) for name in ("numerator", "count"))
        yield exactly("pixels of no chunks that are not blank", lit, 0)


@law(stages=("infer",), cases="lessons", needs=("infer_stream", *_NEEDS), traits=LawTraits(relative_of_models=True))
def remainders(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """From amplitudes to the canvas: splits of different sizes, far from the centre, leave every remainder of a batch;
    in one shot, in batches, and as a stream with an empty chunk they are one canvas.
    """
    given, model, amplitude = lesson(subject.context, case), learned(subject, case), _amplitude(subject, case)
    for sizes in SIZES:
        # The train split from the front of the scan, a chunk at a time; the test split from its end, in less than that.
        for (name, (middle, _)), size, step, batch in zip(
            SPLITS.items(), sizes, (1, -1), (None, BATCH - 1), strict=True
        ):
            # Copies: what runs backwards in memory may be refused.
            some, places = (one[::step][:size].copy() for one in (amplitude, given.positions))
            patches = infer(model, some)
            yield deviation(f"patches of {size} in batches", infer(model, some, BATCH), patches)
            away = np.round(np.reshape(middle, (1, 1, 2, 1)) - given.centre.reshape(1, 1, 2, 1))
            split = split_of(f"{name} split of {size}", patches, places + away, subject.rounding)
            chunks = ((some[part], split.positions[part]) for part in chunks_of(size))
            got = inferred(model, chunks, split.centre, split.canvas, batch)
            yield from kept(f"{split.label}, stream in batches of {batch or BATCH}", got, split)


@law(
    stages=("infer",), cases="lessons", needs=_NEEDS, precisions=("float32",), traits=LawTraits(relative_of_models=True)
)
def dose(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """Twice, or a million times, the amplitude under as many times the scale is the same patch; twice under the same
    scale is another one.
    """
    once, amplitude = untrained(subject, case, scale=SENTINEL), _amplitude(subject, case)
    same = infer(once, amplitude)
    for times in (2, 2**20):
        more = untrained(subject, case, scale=times * SENTINEL)
        yield deviation(f"patches of {times} times the amplitude", infer(more, times * amplitude), same)
    if np.array_equal(infer(once, 2 * amplitude), same):
        yield BrokenRule("patches do not depend on the intensity scale")


@law(stages=("infer",), cases="taught", needs=_NEEDS, precisions=("float32",))
def statelessness(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """An answer depends neither on what was inferred, refused or asked of another stage before, nor on another model in
    the same process, and no answer of another stage on the model; a backend that holds no model has no answer.
    """
    model, amplitude = learned(subject, case), _amplitude(subject, case)
    first = infer(model, amplitude).copy()
    other = untrained(subject, case, scale=SENTINEL)
    between = infer(other, amplitude)
    infer(model, amplitude[::-1] * 3, 2)
    yield deviation("patches", infer(model, amplitude), first)
    yield from asked_beside_a_model(subject, case, model.backend)
    refused_beside_a_model(subject, amplitude, model.backend)
    yield deviation("patches after other stages and a refusal", infer(model, amplitude), first)
    if np.array_equal(between, first):
        yield BrokenRule("two models give the same patches")
    empty = subject.fresh()
    yield from must_raise("inference without a model", lambda: empty.infer(amplitude))
    yield from must_raise("state without a model", lambda: empty.state())


@law(stages=("infer",), cases="taught", needs=("placement", *_NEEDS), precisions=("float32",))
def placement(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """A model that was loaded and moved infers where it was moved to, provable without the device."""
    model = _loaded(subject, case)
    asked = {"amplitude": _amplitude(subject, case), "batch": None}
    if not (yield from at_home("infer", "", partial(model.backend.placement, "infer", asked))):
        yield BrokenRule("infer placed nothing at all, so its placement proves nothing", "contract")


def _loaded(subject: Subject, case: Case) -> TrainedModel:
    subject.need("save", "load")
    model = untrained(subject, case, scale=SENTINEL)
    with tempfile.TemporaryDirectory(prefix="parity-bundle-") as folder:
        model.backend.save(f"{folder}/bundle")
        model.backend.load(f"{folder}/bundle")
    return model
