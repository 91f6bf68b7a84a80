"""Pictures of what was got and wanted: a difference is never lost, and what is told by numbers has none."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from parity_suite.report.pictures import Panel, Picture, gradient, pictures_of

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
MAGENTA = (255, 0, 255, 255)


def pictures(got: Any, want: Any) -> list[Picture]:
    return list(pictures_of({"field": got}, {"field": want}))


def pixels(panel: Panel) -> Array:
    """(H, W, 4)."""
    content = base64.b64decode(panel.uri.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))


def changed(want: Array, *place: int, to: Any = 9.0) -> Array:
    got = want.copy()
    got[place] = to
    return got


def test_a_real_image_has_both_sides_in_one_scale_and_a_signed_difference() -> None:
    want = RNG.random((8, 8))
    (picture,) = pictures(changed(want, 2, 5), want)
    got, wanted, off = picture.panels
    assert (got.name, wanted.name, off.name) == ("got", "wanted", "got - wanted")
    assert (got.low, got.high) == (wanted.low, wanted.high) == (want.min(), 9.0)
    assert off.low == -off.high < 0
    white = pixels(off)[0, 0]
    (rows, columns) = np.nonzero((pixels(off) != white).any(axis=2))
    assert (rows.tolist(), columns.tolist()) == ([2], [5])


def test_a_complex_image_has_amplitude_and_phase() -> None:
    want = RNG.random((8, 8)) + 1j * RNG.random((8, 8))
    amplitude, phase = pictures(want * 1j, want)
    assert (amplitude.title, phase.title) == ("field, amplitude", "field, phase")
    assert (pixels(amplitude.panels[0]) == pixels(amplitude.panels[1])).all()
    assert not (pixels(phase.panels[0]) == pixels(phase.panels[1])).all()
    # A quarter turn everywhere is one colour.
    assert len(np.unique(pixels(phase.panels[2]).reshape(-1, 4), axis=0)) == 1


def test_where_it_is_dark_there_is_no_phase() -> None:
    want = np.ones((8, 8), complex)
    _, phase = pictures(changed(want, 3, 3, to=0), want)
    clear = pixels(phase.panels[0])[..., 3] == 0
    assert np.argwhere(clear).tolist() == [[3, 3]]
    assert (pixels(phase.panels[1])[..., 3] == 255).all()


@pytest.mark.parametrize("shape", [(1, 900, 900, 1), (5, 300, 300)])
def test_of_a_large_image_no_pixel_that_differs_is_lost(shape: tuple[int, ...]) -> None:
    want = np.zeros(shape)
    (picture,) = pictures(changed(want, 0, 123, 77), want)
    assert all(max(pixels(panel).shape) < 150 for panel in picture.panels)
    assert (picture.panels[0].low, picture.panels[0].high) == (0.0, 9.0)
    off = pixels(picture.panels[2]).reshape(-1, 4)
    assert len(np.unique(off[off[:, 3] > 0], axis=0)) == 2


def test_the_images_that_differ_most_are_shown() -> None:
    want = np.zeros((10, 6, 6))
    got = want.copy()
    for place, off in ((1, 1.0), (4, 4.0), (5, 3.0), (7, 5.0), (9, 2.0)):
        got[place] = off
    (picture,) = pictures(got, want)
    assert picture.title == "field, 4 of 10"
    # Two by two with a gap of one pixel between, in their order: 4, 5, 7 and 9.
    shades = pixels(picture.panels[0])[::7, ::7].reshape(4, 4).tolist()
    assert len({tuple(shade) for shade in shades}) == 4
    assert pixels(picture.panels[0]).shape == (13, 13, 4)
    assert (pixels(picture.panels[0])[6, :, 3] == 0).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_magenta_and_counted(bad: float) -> None:
    want = RNG.random((8, 8))
    (picture,) = pictures(changed(want, 1, 1, to=bad), want)
    assert tuple(pixels(picture.panels[0])[1, 1]) == MAGENTA
    assert "1 pixels not finite" in picture.panels[0].words
    assert "not finite" not in picture.panels[1].words


def test_vectors_are_lines_those_that_are_farthest_off() -> None:
    want = np.zeros((2, 40))
    (picture,) = pictures(changed(want, 1, 7), want)
    first, second = picture.lines
    assert (first.name, second.name) == ("1 of 2", "2 of 2")
    assert first.got == first.want
    assert second.got != second.want
    assert len(second.got.split()) == 40
    assert (second.low, second.high) == (0.0, 9.0)


def test_a_complex_vector_has_a_line_for_each_part_and_a_long_one_keeps_its_peak() -> None:
    want = np.zeros(5000, complex)
    (picture,) = pictures(changed(want, 1234, to=3j), want)
    assert [line.name for line in picture.lines] == ["real part", "imaginary part"]
    assert picture.lines[1].high == 3.0
    assert len(picture.lines[1].got.split()) <= 400


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (np.zeros((4, 4)), np.ones((4, 4))),
        (np.ones((9, 9)), np.ones((9, 9))),
        (np.full((9, 9), np.nan), np.full((9, 9), np.nan)),
        (np.ones((9, 8)), np.ones((9, 9))),
        (np.full((9, 9), "a"), np.ones((9, 9))),
        (None, np.ones((9, 9))),
    ],
    ids=["few numbers", "equal", "equal NaN", "another shape", "text", "missing"],
)
def test_there_is_no_picture_of(got: Any, want: Any) -> None:
    assert pictures(got, want) == []


def test_a_scale_is_nine_colours() -> None:
    assert len(gradient("viridis").split(", ")) == 9
    assert gradient("viridis").startswith("#440154, ")
