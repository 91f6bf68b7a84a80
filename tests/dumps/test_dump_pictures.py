"""The pictures, decoded: they are there, of a sane size, and show what a person must not miss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from parity_suite.ptychography.dumps import PatchDump, object_figure
from parity_suite.ptychography.dumps.panels import amplitude_scale, phase_scale

Array = np.ndarray[Any, Any]

FIREBRICK = (178, 34, 34)
MAGENTA = (255, 0, 255)
#: the darkest of viridis: amplitude 0
VIRIDIS_LOW = (68, 1, 84)


def pixels(path: Path) -> Array:
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def share(picture: Array, colour: tuple[int, int, int]) -> float:
    """Part of the picture in exactly this colour."""
    return float(np.mean(np.all(picture == colour, axis=-1)))


def canvas_picture(folder: Path, canvas: dict[str, Array]) -> Array:
    PatchDump(folder, "inference", 1).close(canvas, None)
    return pixels(folder / "inference" / "canvas.png")


def patch_picture(folder: Path, patches: Array, positions: Array, limit: int = 12) -> Array:
    dump = PatchDump(folder, "inference", limit)
    dump.batch(patches, positions)
    dump.close(None, None)
    return pixels(folder / "inference" / "patches.png")


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory, stitched: dict[str, Array]) -> Array:
    return canvas_picture(tmp_path_factory.mktemp("right"), stitched)


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image[:, ::-1],
        lambda image: image[::-1],
        lambda image: image.conj(),
        lambda image: image * np.exp(0.3j),
        lambda image: np.roll(image, 1, axis=1),
    ],
    ids=["mirrored", "upside-down", "conjugate", "turned", "rolled"],
)
def test_another_canvas_is_another_picture(
    tmp_path: Path, stitched: dict[str, Array], right: Array, change: Any
) -> None:
    wrong = canvas_picture(tmp_path, {**stitched, "canvas": change(stitched["canvas"])})
    assert right.shape[0] > 300
    assert right.shape[1] > 800
    assert right.shape != wrong.shape or np.mean(right != wrong) > 0.02


def test_row_0_is_on_top_and_column_0_on_the_left(tmp_path: Path) -> None:
    """The one bright pixel of 8 x 8 lies in the lower left of the left panel."""
    canvas = np.full((8, 8), 0.5 + 0j)
    canvas[6, 1] = 1
    picture = canvas_picture(tmp_path, {"numerator": canvas, "count": np.ones((8, 8)), "canvas": canvas})
    dark = np.argwhere(np.all(picture[:, : picture.shape[1] // 2] == VIRIDIS_LOW, axis=-1))
    (top, left), (bottom, _) = dark.min(axis=0), dark.max(axis=0)
    bright = np.argwhere(np.all(picture[top:bottom, left : left + bottom - top] == (253, 231, 36), axis=-1))
    y, x = bright.mean(axis=0) / (bottom - top) * 8
    assert (y, x) == (pytest.approx(6.5, abs=0.2), pytest.approx(1.5, abs=0.2))


def test_not_covered_is_not_zero(tmp_path: Path) -> None:
    blank = np.zeros((20, 30))
    dark = canvas_picture(tmp_path, {"numerator": blank, "count": blank + 1, "canvas": blank})
    bare = canvas_picture(tmp_path, {"numerator": blank, "count": blank, "canvas": blank})
    assert share(dark, VIRIDIS_LOW) > 0.1
    assert share(bare, VIRIDIS_LOW) < 0.01


def test_values_that_are_not_finite_have_a_colour_of_their_own(
    tmp_path: Path, stitched: dict[str, Array], right: Array
) -> None:
    sick = stitched["canvas"].copy()
    sick[60:80, 60:80] = np.nan
    assert share(right, MAGENTA) == 0
    assert share(canvas_picture(tmp_path, {**stitched, "canvas": sick}), MAGENTA) > 5e-3, (
        "more than its sign in the legend"
    )


def test_healthy_patches_carry_no_warning(tmp_path: Path, scan: tuple[Array, Array]) -> None:
    picture = patch_picture(tmp_path, scan[0][:4], scan[1][:4])
    assert picture.shape[0] > 2 * 150
    assert picture.shape[1] > 6 * 150
    assert share(picture, FIREBRICK) == 0


NOISE = np.random.default_rng(3).normal(size=(64, 64))


@pytest.mark.parametrize(
    "sick",
    [
        lambda patch: patch * 0,
        lambda patch: 0.8 * patch / np.abs(patch) + 1e-5 * patch,
        lambda patch: np.abs(patch),
        lambda patch: patch * 9e-3,
        lambda patch: 1e-12 * NOISE,
        lambda patch: np.where(patch == patch.flat[np.abs(patch).argmax()], 1e-7, 0),
        lambda patch: np.where(NOISE > 3, np.nan, patch),
    ],
    ids=["zero", "flat-amplitude", "flat-phase", "faint", "round-off", "impulse", "nan"],
)
def test_a_sick_patch_among_healthy_ones_is_named_in_red(tmp_path: Path, scan: tuple[Array, Array], sick: Any) -> None:
    patches, positions = scan[0][:2].copy(), scan[1][:2]
    patches[1, :, :, 0] = sick(patches[1, :, :, 0])
    assert share(patch_picture(tmp_path, patches, positions), FIREBRICK) > 0


def test_only_as_many_patches_as_the_limit_are_drawn(tmp_path: Path, scan: tuple[Array, Array]) -> None:
    """Three patches a row."""
    one, three, four = (patch_picture(tmp_path, *scan, limit).shape for limit in (1, 3, 4))
    assert one[0] == three[0] < four[0]
    assert 3 * one[1] == pytest.approx(three[1], abs=3)
    assert three[1] == four[1]


def test_the_largest_picture_can_be_drawn(tmp_path: Path) -> None:
    """A limit beyond what one page can show."""
    count = 100
    patches = np.random.default_rng(5).normal(size=(count, 3, 3, 1)).astype(complex)
    assert 1500 < patch_picture(tmp_path, patches, np.zeros((count, 1, 2, 1)), 10**6).shape[0] < 4000


def test_a_flat_image_is_not_stretched() -> None:
    noise = np.random.default_rng(2).normal(size=500)
    flat = amplitude_scale(0.8 + 1e-3 * noise)
    assert flat.flat
    assert (flat.low, flat.high) == (0, pytest.approx(1.6, abs=1e-3))
    lively = amplitude_scale(0.8 + 0.1 * noise, tail=0)
    assert not lively.flat
    assert (lively.low, lively.high) == pytest.approx((0.8 + 0.1 * noise.min(), 0.8 + 0.1 * noise.max()))


@pytest.mark.parametrize(
    ("reach", "half", "colours"),
    [(0.05, 0.1, "RdBu_r"), (0.9, 1.0, "RdBu_r"), (2.5, np.pi, "twilight_shifted")],
)
def test_phase_is_symmetric_about_0_and_cyclic_on_the_whole_circle(reach: float, half: float, colours: str) -> None:
    scale = phase_scale(np.exp(1j * np.linspace(-reach / 2, reach, 200)), tail=0)
    assert (scale.low, scale.high, scale.colours) == (-half, half, colours)


def colours(image: Array) -> int:
    """How many different ones there are."""
    return len(np.unique(image.reshape(-1, 3), axis=0))


def test_object_figure_shows_every_panel_on_a_scale_of_its_own(tmp_path: Path, stitched: dict[str, Array]) -> None:
    path = tmp_path / "new" / "objects.png"
    canvas = stitched["canvas"]
    object_figure(path, [("one", canvas), ("two", canvas)])
    same = pixels(path)
    assert same.shape[0] > 500
    assert same.shape[1] > 800
    object_figure(path, [("one", canvas), ("two", np.flip(canvas, 1))])
    mirrored = pixels(path)
    width = same.shape[1] // 2
    assert np.mean(same[:, width:] != mirrored[:, width:]) > 0.05
    # A faint second panel is stretched over a scale of its own.
    object_figure(path, [("one", canvas), ("two", canvas / 1000)])
    faint = pixels(path)
    # Colours of the image itself, left of its bar.
    image = slice(0, same.shape[0] // 2), slice(width, width + width // 2)
    assert colours(faint[image]) > 0.8 * colours(same[image])
    object_figure(path, [("one", canvas)])
    assert pixels(path).shape[1] < 0.6 * same.shape[1]


@pytest.mark.parametrize("panels", [[], [("flat", np.ones(5))]])
def test_object_figure_refuses(tmp_path: Path, panels: Any) -> None:
    with pytest.raises(ValueError, match=r"^panels: "):
        object_figure(tmp_path / "objects.png", panels)
