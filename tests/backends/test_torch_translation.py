"""Each way that PyTorch has to translate: against the oracle, how often it compiles, and which one really ran."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import translation_samples as samples

torch = pytest.importorskip("torch")

from parity_suite.ptychography.choice import coarse  # noqa: E402
from parity_suite.ptychography.torch import Torch, translation  # noqa: E402

WAYS = list(Torch.translations)
COARSE = set(coarse(Torch))
#: What is compiled for seconds is asked by the law compiled in the gate, and here before a release.
EACH = [pytest.param(way, marks=pytest.mark.long if way == "gather_compiled" else ()) for way in WAYS]
PRECISIONS = ("float32", "float64")
CALLS = [(samples.images(2, 5, 7, precision="float32"), samples.between_pixels(2))]


def backend(way: str, precision: str = "float64") -> Torch:
    if reason := Torch.missing_implementation(way):
        pytest.skip(reason)
    return Torch(translation=way, precision=precision)


def bound(way: str, precision: str, shape: tuple[int, int]) -> float:
    """A few eps, and as many more as pixels in a row where places are rounded to fractions of it."""
    eps = float(np.finfo(precision).eps)
    return eps * (4 + (max(shape) if way in COARSE else 0))


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("real", [False, True], ids=["complex", "real"])
@pytest.mark.parametrize("shape", samples.SHAPES)
@pytest.mark.parametrize("way", EACH)
class TestOracle:
    def test_equals_the_oracle_near_and_far(self, way: str, shape: tuple[int, int], real: bool, precision: str) -> None:
        given = samples.images(len(samples.OFFSETS), *shape, real=real, precision=precision)
        offsets = np.array(samples.OFFSETS)
        got = backend(way, precision).translate(given, offsets)
        assert got.dtype == given.dtype
        assert samples.distance(got, samples.oracle(given, offsets)) <= bound(way, precision, shape)
        assert not got[5:].any(), "what has left the image is gone"

    def test_nearest_moves_ties_up(self, way: str, shape: tuple[int, int], real: bool, precision: str) -> None:
        given = samples.images(len(samples.TIES), *shape, real=real, precision=precision)
        got = backend(way, precision).translate(given, np.array(list(samples.TIES)), "nearest")
        for one, image, (x, y) in zip(got, given, samples.TIES.values(), strict=True):
            assert np.array_equal(one, samples.by_slices(image, x, y))


@pytest.mark.parametrize("way", EACH)
class TestEveryWay:
    @pytest.mark.parametrize("real", [False, True], ids=["complex", "real"])
    def test_nothing_in_is_nothing_out(self, way: str, real: bool) -> None:
        given = samples.images(0, 5, 7, real=real, precision="float32")
        for interpolation in (None, "nearest"):
            got = backend(way, "float32").translate(given, np.zeros((0, 2)), interpolation)
            assert (got.shape, got.dtype) == (given.shape, given.dtype)

    @pytest.mark.parametrize("channels", [1, 2, 4, 9])
    def test_an_offset_moves_the_block_that_follows_it(self, way: str, channels: int) -> None:
        given, offsets = samples.images(3 * channels, 6, 11), samples.between_pixels(3)
        got = backend(way).translate(given, offsets)
        assert samples.distance(got, samples.oracle(given, offsets)) <= 1e-14
        ties = np.array([(0.5, -1.5), (-2.5, 1.0), (1.0, 2.5)])
        got = backend(way).translate(given, ties, "nearest")
        for i, (x, y) in enumerate(np.repeat([(1, -1), (-2, 1), (1, 3)], channels, axis=0)):
            assert np.array_equal(got[i], samples.by_slices(given[i], x, y))

    @pytest.mark.parametrize("shape", [(13, 22), (138, 139), (33, 447)])
    def test_whole_pixels_are_exact_on_any_side(self, way: str, shape: tuple[int, int]) -> None:
        steps = [(5, -3), (-11, 2), (0, 7), (shape[1] - 1, 0), (-1, -shape[0] + 1)]
        given = samples.images(len(steps), *shape, precision="float32")
        got = backend(way, "float32").translate(given, np.array(steps, np.float32))
        for one, image, (x, y) in zip(got, given, steps, strict=True):
            wide = np.roll(np.pad(image, ((0, shape[0]), (0, shape[1]), (0, 0))), (y, x), axis=(0, 1))
            assert np.array_equal(one, wide[: shape[0], : shape[1]])

    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("real", [False, True], ids=["complex", "real"])
    def test_the_gradient_by_offsets_is_the_central_difference(self, way: str, real: bool, channels: int) -> None:
        given, offsets = samples.images(3 * channels, 9, 14, real=real), samples.between_pixels(3)
        cotangent = samples.images(3 * channels, 9, 14, real=real)[::-1, ::-1]
        got = backend(way).vjp("translate", {"images": given, "offsets": offsets}, "images", "offsets", cotangent)
        want = samples.slopes_by_difference(given, offsets, cotangent)
        assert samples.distance(got, want) < 1e-10

    @pytest.mark.parametrize("wrt", ["images", "offsets"])
    @pytest.mark.parametrize("real", [False, True], ids=["complex", "real"])
    def test_the_gradient_of_nothing_is_nothing(self, way: str, real: bool, wrt: str) -> None:
        given = samples.images(0, 9, 14, real=real)
        inputs = {"images": given, "offsets": np.zeros((0, 2))}
        got = backend(way).vjp("translate", inputs, "images", wrt, given)
        assert (got.shape, got.dtype) == (inputs[wrt].shape, inputs[wrt].dtype)

    def test_the_trace_names_what_was_chosen(self, way: str) -> None:
        found = backend(way, "float32").translation_trace(CALLS)
        assert found.ran == (way,)
        assert len(found.operations) == 1


@pytest.mark.parametrize("precision", PRECISIONS)
def test_an_unknown_translation_is_refused_by_name(precision: str) -> None:
    for name in ("projective", "gather", "gather_xla"):
        with pytest.raises(ValueError, match=rf"^translation: '{name}' is none of {', '.join(WAYS)} in {precision}"):
            Torch(translation=name, precision=precision)


def test_the_default_and_what_is_asked_for_are_kept() -> None:
    assert Torch().translation == "gather_eager"
    assert [Torch(translation=way).translation for way in WAYS] == WAYS


class TestTraceTellsWhatRan:
    def test_a_choice_that_leads_elsewhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(translation.WAYS, "gather_eager", translation.by_grid_sample)  # type: ignore[arg-type]
        one = Torch(translation="gather_eager")
        assert (one.translation, one.translation_trace(CALLS).ran) == ("gather_eager", ("grid_sample",))

    def test_a_name_that_is_overwritten(self) -> None:
        class Boasting(Torch):
            def kernel(self, stage: str) -> Any:
                return translation.translate

        one = Boasting(translation="grid_sample")
        assert one.translation_trace(CALLS).ran == ("gather_eager",)
        one.translation = "gather_compiled"
        assert one.translation_trace(CALLS).ran == ("gather_eager",)

    def test_two_that_both_ran(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def both(images: Any, offsets: Any) -> Any:
            return translation.by_grid_sample(images, offsets) + 0 * translation.shift(images, offsets)

        monkeypatch.setitem(translation.WAYS, "grid_sample", both)  # type: ignore[arg-type]
        assert Torch(translation="grid_sample").translation_trace(CALLS).ran == ("gather_eager", "grid_sample")

    def test_nothing_that_is_known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(translation.WAYS, "gather_eager", lambda images, _: images.roll(1, 1))  # type: ignore[arg-type]
        assert Torch().translation_trace(CALLS).ran == ()


#: Compilations so far after each step, by dynamo's own count, in a process in which nothing is compiled yet.
COUNTING = """
import json
import numpy as np
import torch
import translation_samples as samples
from parity_suite.ptychography.torch import Torch

said = {}

def note(what):
    said[what] = int(torch._dynamo.utils.counters["stats"]["unique_graphs"])

def gradients(wrt):
    for count, height, width in ((3, 9, 14), (1, 6, 6), (4, 1, 5), (0, 3, 4)):
        inputs = {"images": samples.images(count, height, width), "offsets": samples.between_pixels(count)}
        two.vjp("translate", inputs, "images", wrt, samples.images(count, height, width)[:, ::-1])

one = Torch(translation="gather_compiled")
for real in (False, True):
    one.translate(samples.images(0, 12, 16, real=real), np.zeros((0, 2)))
note("empty")
# As many planes as there are rows and columns with their margin: that they are equal must be no rule for the next.
call = [(samples.images(4, 6, 6), samples.between_pixels(4))]
for what in ("traced", "traced again"):
    trace = one.translation_trace(call)
    said[what] = [trace.traces, trace.compilations]
note("first")
shapes = ((12, 16), (17, 9), (16, 16), (1, 1), (1, 7), (7, 1), (2, 2), (138, 139))
for real in (False, True):
    for images, offsets in samples.batches_of(shapes, (3, 1, 64, 2, 65, 0, 16), real):
        one.translate(images, offsets)
        one.translate(np.repeat(images, 2, axis=0), offsets, "nearest")
        one.translate(images[::-1, ::2, ::-1], offsets.astype(np.float32))
note("float32")
two = Torch(translation="gather_compiled", precision="float64")
for images, offsets in samples.batches_of(shapes, (1, 5, 64)):
    two.translate(images, offsets)
note("float64")
gradients("offsets")
gradients("images")
note("gradients")
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def counted() -> Mapping[str, Any]:
    if reason := Torch.missing_implementation("gather_compiled"):
        pytest.skip(reason)
    command = [sys.executable, "-c", COUNTING]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    said: Mapping[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.long  # Half a minute of compilation; the law of compilations asks the same in the gate.
class TestCompilations:
    def test_an_empty_batch_compiles_nothing(self, counted: Mapping[str, Any]) -> None:
        assert counted["empty"] == 0

    def test_one_compilation_serves_every_batch_and_shape_of_a_dtype(self, counted: Mapping[str, Any]) -> None:
        assert (counted["first"], counted["float32"], counted["float64"]) == (1, 1, 2)

    def test_one_more_serves_the_gradients_by_images_and_by_offsets(self, counted: Mapping[str, Any]) -> None:
        assert counted["gradients"] == 3

    def test_the_trace_counts_what_was_compiled(self, counted: Mapping[str, Any]) -> None:
        assert (counted["traced"], counted["traced again"]) == ([1, 1], [0, 0])


class TestPut:
    def test_a_reversed_array_of_one_item_is_taken(self) -> None:
        last = samples.images(4, 3, 5)[::-1][3:]
        assert last.strides[0] < 0
        assert last.flags.c_contiguous
        assert np.array_equal(Torch().get(Torch().put(last)), last)

    @pytest.mark.parametrize("left", [0, 1, 3])
    def test_reversed_images_and_offsets_are_translated(self, left: int) -> None:
        given, offsets = samples.images(3, 6, 9)[::-1][:left], samples.between_pixels(3)[::-1][:left]
        got = Torch(precision="float64").translate(given, offsets)
        assert samples.distance(got, samples.oracle(given.copy(), offsets.copy())) <= 1e-14
