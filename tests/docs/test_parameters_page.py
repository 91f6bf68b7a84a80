"""Each convention that is a parameter of the oracle is on the page, with a picture that shows what the oracle does."""

from __future__ import annotations

import io
from pathlib import Path

import draw_conventions
import numpy as np
import pytest
from draw_translation import write
from matplotlib.image import imread

NAMES = sorted(draw_conventions.parameters())


def test_the_page_lists_each_as_the_pipeline_has_it() -> None:
    """Otherwise: python docs/draw_conventions.py."""
    begin, end = draw_conventions.MARKS
    part = draw_conventions.PAGE.read_text("utf-8").partition(begin)[2].partition(end)[0]
    assert part.strip("\n") == draw_conventions.listed().strip("\n")
    assert all(f"### `{name}` of " in part for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_the_one_that_is_drawn(name: str, tmp_path: Path) -> None:
    """Otherwise: python docs/draw_conventions.py."""
    write(draw_conventions.draw(name), tmp_path / "anew.png")
    stored = (draw_conventions.PICTURES / f"{name}.png").read_bytes()
    assert len(stored) < 40_000
    kept, drawn = imread(io.BytesIO(stored)), imread(tmp_path / "anew.png")
    assert kept.shape == drawn.shape
    # Another version of matplotlib sets letters a little elsewhere.
    assert float(np.mean(np.abs(kept - drawn))) < 0.05
