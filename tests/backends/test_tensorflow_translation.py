"""Each way that TensorFlow has to translate: against the oracle, its gradients, and what is traced and compiled."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import translation_samples as samples

from parity_suite.backends.exceptions import NotProvided

tf = pytest.importorskip("tensorflow")

from parity_suite.ptychography.choice import coarse  # noqa: E402
from parity_suite.ptychography.tensorflow import TensorFlow, tracing, translation  # noqa: E402

SWITCH = translation.SWITCH
SINGLE = set(coarse(TensorFlow))
#: Every way in every precision that it knows.
PAIRS = [(one, precision) for one in TensorFlow.translations for precision in ("float32", "float64")]
PAIRS.remove(("projective", "float64"))
GATHERS = [one for one in TensorFlow.translations if (one, "float64") in PAIRS]
CALLS = [(samples.images(2, 5, 7, precision="float32"), samples.between_pixels(2))]


@pytest.fixture(autouse=True)
def no_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SWITCH, raising=False)


def backend(way: str, precision: str = "float64") -> TensorFlow:
    """One of the test's own, which has compiled nothing."""
    if reason := TensorFlow.missing_implementation(way):
        pytest.skip(reason)
    return TensorFlow(translation=way, precision=precision)


#: One for all tests, so that what is compiled for a shape is compiled once.
shared = cache(backend)


def bound(way: str, precision: str, shape: tuple[int, int]) -> float:
    """A few eps, and as many more as pixels in a row where places are rounded to float32."""
    return float(np.finfo(precision).eps) * (4 + (max(shape) if way in SINGLE else 0))


@pytest.mark.parametrize("real", [False, True], ids=["complex", "real"])
@pytest.mark.parametrize("shape", samples.SHAPES)
@pytest.mark.parametrize(("way", "precision"), PAIRS)
class TestOracle:
    def test_equals_the_oracle_near_and_far(self, way: str, shape: tuple[int, int], real: bool, precision: str) -> None:
        given = samples.images(len(samples.OFFSETS), *shape, real=real, precision=precision)
        offsets = np.array(samples.OFFSETS)
        got = shared(way, precision).translate(given, offsets)
        assert got.dtype == given.dtype
        assert samples.distance(got, samples.oracle(given, offsets)) <= bound(way, precision, shape)
        assert not got[5:].any(), "what has left the image is gone"

    def test_nearest_moves_ties_up(self, way: str, shape: tuple[int, int], real: bool, precision: str) -> None:
        given = samples.images(len(samples.TIES), *shape, real=real, precision=precision)
        got = shared(way, precision).translate(given, np.array(list(samples.TIES)), "nearest")
        for one, image, (x, y) in zip(got, given, samples.TIES.values(), strict=True):
            assert np.array_equal(one, samples.by_slices(image, x, y))


@pytest.mark.parametrize(("way", "precision"), PAIRS)
class TestEveryWay:
    @pytest.mark.parametrize("real", [False, True], ids=["complex", "real"])
    def test_nothing_in_is_nothing_out(self, way: str, precision: str, real: bool) -> None:
        given = samples.images(0, 5, 7, real=real, precision=precision)
        for interpolation in (None, "nearest"):
            got = shared(way, precision).translate(given, np.zeros((0, 2)), interpolation)
            assert (got.shape, got.dtype) == (given.shape, given.dtype)

    @pytest.mark.parametrize("channels", [1, 2, 9])
    def test_an_offset_moves_the_block_that_follows_it(self, way: str, precision: str, channels: int) -> None:
        given, offsets = samples.images(3 * channels, 6, 11, precision=precision), samples.between_pixels(3)
        got = shared(way, precision).translate(given, offsets)
        assert samples.distance(got, samples.oracle(given, offsets)) <= bound(way, precision, (6, 11))
        ties = np.array([(0.5, -1.5), (-2.5, 1.0), (1.0, 2.5)])
        got = shared(way, precision).translate(given, ties, "nearest")
        for i, (x, y) in enumerate(np.repeat([(1, -1), (-2, 1), (1, 3)], channels, axis=0)):
            assert np.array_equal(got[i], samples.by_slices(given[i], x, y))

    def test_the_gradient_of_nothing_is_nothing(self, way: str, precision: str) -> None:
        given = samples.images(0, 9, 14, precision=precision)
        inputs = {"images": given, "offsets": np.zeros((0, 2))}
        for wrt in ("images",) if way == "projective" else ("images", "offsets"):
            got = shared(way, precision).vjp("translate", inputs, "images", wrt, given)
            assert (got.shape, got.dtype) == (inputs[wrt].shape, inputs[wrt].dtype)

    def test_the_trace_names_what_was_chosen(self, way: str, precision: str) -> None:
        calls = [(images.astype(np.result_type(precision, np.complex64)), offsets) for images, offsets in CALLS]
        found = shared(way, precision).translation_trace(calls)
        assert found.ran == (way,)
        assert len(found.operations) == 1


@pytest.mark.parametrize("way", GATHERS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("real", [False, True], ids=["complex", "real"])
def test_the_gradient_by_offsets_is_the_central_difference(way: str, real: bool, channels: int) -> None:
    given, offsets = samples.images(3 * channels, 9, 14, real=real), samples.between_pixels(3)
    cotangent = samples.images(3 * channels, 9, 14, real=real)[::-1, ::-1]
    got = shared(way).vjp("translate", {"images": given, "offsets": offsets}, "images", "offsets", cotangent)
    assert samples.distance(got, samples.slopes_by_difference(given, offsets, cotangent)) < 1e-10


class TestProjective:
    def test_has_no_gradient_by_offsets_but_one_by_images(self) -> None:
        one, (images, offsets) = shared("projective", "float32"), CALLS[0]
        inputs = {"images": images, "offsets": offsets}
        with pytest.raises(NotProvided, match=r"^ImageProjectiveTransformV3 has no gradient"):
            one.vjp("translate", inputs, "images", "offsets", images)
        got = one.vjp("translate", inputs, "images", "images", images)
        assert samples.distance(got, samples.oracle(images, -offsets)) < 1e-5

    def test_whole_pixels_are_exact_on_any_side(self) -> None:
        steps = [(5, -3), (-11, 2), (0, 7), (138, 0), (-1, -136)]
        given = samples.images(len(steps), 137, 139, precision="float32")
        got = shared("projective", "float32").translate(given, np.array(steps, np.float32))
        for one, image, (x, y) in zip(got, given, steps, strict=True):
            wide = np.roll(np.pad(image, ((0, 137), (0, 139), (0, 0))), (y, x), axis=(0, 1))
            assert np.array_equal(one, wide[:137, :139])


class TestCompilations:
    SHAPES = ((12, 16), (17, 9))

    def test_xla_compiles_once_for_each_shape_whatever_the_batches(self) -> None:
        one = backend("gather_xla", "float32")
        calls = samples.batches_of(self.SHAPES, (3, 1, 64, 0, 65, 159, 2, 3))
        found, again = one.translation_trace(calls), one.translation_trace(calls)
        assert (found.ran, found.traces, found.compilations) == (("gather_xla",), 2, 2)
        assert (again.ran, again.traces, again.compilations) == (("gather_xla",), 0, 0)

    def test_blocks_and_nearest_and_no_images_compile_nothing_more(self) -> None:
        one = backend("gather_xla", "float32")
        one.translate(*samples.batches_of(self.SHAPES[:1], (0,))[0])
        images, offsets = samples.batches_of(self.SHAPES[:1], (6,))[0]

        def asked() -> None:
            one.translate(images, offsets[:2])
            one.translate(images, offsets, "nearest")

        found = tracing.trace(asked)
        assert ([key[0] for key in one._graphs], found.compilations) == (["translate"], 0)

    def test_a_graph_is_traced_once_for_each_shape_and_never_compiled(self) -> None:
        found = backend("gather_graph", "float32").translation_trace(samples.batches_of(self.SHAPES, (3, 1, 0, 65)))
        assert (found.traces, found.compilations) == (2, 0)

    @pytest.mark.parametrize("way", ["gather_eager", "projective"])
    def test_eager_ways_make_nothing(self, way: str) -> None:
        found = backend(way, "float32").translation_trace(samples.batches_of(self.SHAPES, (3, 1, 0, 65)))
        assert (found.traces, found.compilations) == (0, 0)

    @pytest.mark.parametrize("count", [1, 3, 4, 7])
    def test_work_is_cut_into_blocks_anywhere(self, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
        monkeypatch.setattr(translation, "_BLOCK_PIXELS", 3 * 6 * 11)
        given, offsets = samples.images(2 * count, 6, 11), samples.between_pixels(count)
        one = shared("gather_xla")
        assert samples.distance(one.translate(given, offsets), samples.oracle(given, offsets)) <= 1e-14
        cotangent = given[::-1]
        inputs = {"images": given, "offsets": offsets}
        by_offsets = one.vjp("translate", inputs, "images", "offsets", cotangent)
        by_images = one.vjp("translate", inputs, "images", "images", cotangent)
        assert samples.distance(by_offsets, samples.slopes_by_difference(given, offsets, cotangent)) < 1e-10
        assert samples.distance(by_images, samples.oracle(cotangent, -offsets)) <= 1e-14
