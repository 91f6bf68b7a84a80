"""The picture of a trial shows what it says: what was measured, what is computed, and the frames that stand apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from scans import Arrays, blind, spoil

from parity_suite.cli.main import main
from parity_suite.ptychography.trial import figure as of_trial
from parity_suite.ptychography.trial.excess import TYPICAL
from parity_suite.ptychography.trial.trial import try_file


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, written: Path) -> Any:
    """Draws the trial of arrays and gives the figure before it is written."""
    kept: list[Figure] = []
    monkeypatch.setattr(of_trial, "save", lambda made, path: kept.append(made))

    def draw(arrays: Arrays) -> Figure:
        np.savez(written, **arrays)  # type: ignore[arg-type]
        of_trial.draw_trial(written.with_suffix(".png"), written, try_file(written))
        return kept[-1]

    return draw


def _panels(figure: Figure) -> dict[str, Any]:
    return {axes.get_title(): axes.images[0].get_array() for axes in figure.axes if axes.images and axes.get_title()}


def test_the_difference_is_of_what_stands_beside_it(drawn: Any, cone: Arrays) -> None:
    good, bad = drawn(cone), drawn(spoil("upside down", cone))
    left = {}
    for name, figure in (("good", good), ("bad", bad)):
        panels = [one for axes in figure.axes if axes.get_title() for one in axes.images]
        measured, computed, difference = (np.asarray(one.get_array()) for one in panels[:3])
        assert np.allclose(difference, measured - computed, atol=1e-4)
        left[name] = float(np.sum(difference**2) / np.sum(computed**2))
    assert left["good"] < 0.3 * left["bad"]


def test_frames_apart_are_marked_and_the_worst_is_shown(drawn: Any, cone: Arrays) -> None:
    figure = drawn(spoil("dark", cone))
    assert figure.axes[-1].get_yscale() == "log"
    dots, apart, *limits = figure.axes[-1].lines
    assert len(dots.get_xdata()) == len(cone["xcoords"])
    assert np.asarray(apart.get_xdata()).tolist() == [3, 9, 20]
    assert [float(one.get_ydata()[0]) for one in limits] == [TYPICAL]
    assert any(
        title.startswith(("frame 3, farthest", "frame 9, farthest", "frame 20, farthest")) for title in _panels(figure)
    )


def test_masked_pixels_are_not_drawn(drawn: Any, cone: Arrays) -> None:
    mask = np.ones(cone["diff3d"].shape[1:], bool)
    mask[60:68] = False
    figure = drawn({**cone, "diff3d": cone["diff3d"] * mask, "mask": mask})
    for panel in _panels(figure).values():
        assert np.array_equal(np.ma.getmaskarray(panel), ~mask)


def test_without_an_object_the_mean_stands_beside_the_probe(drawn: Any, cone: Arrays) -> None:
    figure = drawn(blind(spoil("corner", cone)))
    titles = list(_panels(figure))
    assert titles == ["mean of the frames: measured", "the probe's, as bright", "measured - the probe's"]
    assert "refused: zero frequency lies in the corner" in figure.get_suptitle()
    # All frames are about as bright, and powers of ten would show them on a line.
    assert figure.axes[-1].get_yscale() == "linear"


def test_the_command_draws_it(cone: Arrays, written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(written, **cone)  # type: ignore[arg-type]
    png = written.with_suffix(".png")
    assert main(["check", str(written), "--trial-picture", str(png)]) == 0
    assert png.read_bytes().startswith(b"\x89PNG")
    assert main(["check", str(written), str(written), "--trial-picture", str(png)]) == 2
    assert "--trial-picture is for one FILE" in capsys.readouterr().err


@pytest.mark.parametrize("seen", [dict, blind], ids=["sighted", "blind"])
def test_a_gap_hides_nothing_else(drawn: Any, cone: Arrays, seen: Any) -> None:
    figure = drawn(seen(spoil("gap", cone)))
    panels = [axes.images[0] for axes in figure.axes if axes.images and axes.get_title()]
    assert all(np.ma.getmaskarray(panel.get_array()).any() for panel in panels)
    # In the scale of what the others measured, far below what the gap holds.
    assert max(panel.norm.vmax for panel in panels) < 2**12
    assert "leaves" in figure.get_suptitle()
