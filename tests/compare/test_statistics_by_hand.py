"""Every stored number of a small image, worked by hand: names and values are a format that files keep for years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_suite.compare.statistics import statistics, worst_difference

#: Five rows of four pixels; the sum of squares is 5, so that the rms is a half, and the peak is 2.
IMAGE = np.zeros((5, 4))
IMAGE[0, 0], IMAGE[4, 3] = 2.0, 1.0


def of(image: Any = IMAGE, rows: int | None = 0, columns: int | None = 1) -> dict[str, float]:
    return statistics(image, rows, columns)


def test_moments_and_extremes() -> None:
    found = of()
    assert (found["rms"], found["peak"]) == (0.5, 2.0)
    # Over the rms the pixels are 4 and 2, over the peak 1 and a half.
    assert found["mean"] == pytest.approx(6 / 20)
    assert found["std"] == pytest.approx(np.sqrt(1 - 0.3**2))
    assert (found["minimum"], found["maximum"]) == (0.0, 1.0)
    assert [found[f"quantile.{q:02d}"] for q in (5, 25, 50, 75)] == [0.0] * 4
    # The 19th of 20 sorted pixels is a half; 0.95 lies 0.05 beyond it on the way to the last.
    assert found["quantile.95"] == pytest.approx(0.5 + 0.05 * 0.5)


def test_first_moments_and_quadrants() -> None:
    found = of()
    # Corners lie at -1 and 1: the pixel of 4 at the top left, that of 2 at the bottom right.
    assert found["moment.x"] == pytest.approx((2 - 4) / 20)
    assert found["moment.y"] == pytest.approx((2 - 4) / 20)
    assert found["quadrant.top.left"] == pytest.approx(2 * 4 / 20)
    assert found["quadrant.bottom.right"] == pytest.approx(2 * 2 / 20)
    assert found["quadrant.top.right"] == found["quadrant.bottom.left"] == 0.0


def test_each_axis_for_itself() -> None:
    image = np.zeros((5, 4))
    image[0, 3] = 1.0
    found = of(image)
    rms = np.sqrt(1 / 20)
    assert found["moment.x"] == pytest.approx(1 / rms / 20)
    assert found["moment.y"] == pytest.approx(-1 / rms / 20)
    assert found["quadrant.top.right"] == pytest.approx(2 / rms / 20)


@pytest.mark.parametrize(
    ("pixel", "quadrant"), [((1, 1), "top.left"), ((2, 2), "bottom.right"), ((2, 1), "bottom.left")]
)
def test_the_middle_row_and_column_belong_to_the_second_half(pixel: tuple[int, int], quadrant: str) -> None:
    image = np.zeros((5, 4))
    image[pixel] = 1.0
    found = of(image)
    assert [name for name, value in found.items() if name.startswith("quadrant.") and value] == [f"quadrant.{quadrant}"]


def test_the_patterns_are_signs_of_the_high_bits_of_a_generator() -> None:
    bits = np.random.PCG64(20260101).random_raw(20)
    found = of()
    for k in range(8):
        signs = [1 if int(word) >> (63 - k) & 1 else -1 for word in bits]
        assert found[f"pattern.{k}"] == pytest.approx((4 * signs[0] + 2 * signs[19]) / 20), k
    assert "pattern.8" not in found


def test_real_and_imaginary_parts_are_described_apart() -> None:
    found = of(IMAGE + 1j * IMAGE)
    assert found["rms"] == pytest.approx(np.sqrt(0.5))
    names = {name.partition(".")[0] for name in found}
    assert names == {"rms", "peak", "re", "im"}
    assert found["re.mean"] == found["im.mean"] == pytest.approx(3 / 20 / np.sqrt(0.5))
    assert found["re.moment.x"] == found["im.moment.x"]
    assert {name.partition(".")[0] for name in of()} >= {"mean", "std", "moment", "quadrant", "pattern"}


@pytest.mark.parametrize("axes", [(None, None), (0, None), (None, 1)])
def test_without_two_spatial_axes_there_is_nothing_spatial(axes: tuple[int | None, int | None]) -> None:
    assert not [name for name in of(IMAGE, *axes) if name.startswith(("moment", "quadrant"))]


def test_float32_is_described_in_double() -> None:
    image = (IMAGE + 1e-3).astype(np.float32)
    assert of(image) == of(image.astype(np.float64))


def test_the_number_that_differs_most_is_measured_as_its_name_asks() -> None:
    got, want = {"rms": 110.0, "mean": 0.3}, {"rms": 100.0, "mean": 0.1}
    assert worst_difference(got, want) == ("mean", pytest.approx(0.2))
    assert worst_difference({"rms": 150.0, "mean": 0.3}, want) == ("rms", pytest.approx(0.5))
