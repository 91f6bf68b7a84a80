"""Journeys: the right backend comes home; of a wrong one the stage is blamed, and the path is the shortest."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import numpy as np
import pytest
from plain import Plain, finding_of
from thinning import thinned

from parity_suite import Capabilities, Sizes
from parity_suite.core.finding import Finding, Verdict


class Transposing(Plain):
    """Takes the positions of its patches for [y, x]."""

    def extract(self, object: Any, positions: Any, size: int) -> Any:
        return super().extract(object, positions[:, :, ::-1], size)


class Rimless(Plain):
    """Cuts from an object without the pixels at its rim, which only an object that was moved there shows."""

    def extract(self, object: Any, positions: Any, size: int) -> Any:
        inner = np.zeros_like(object)
        inner[1:-1, 1:-1] = object[1:-1, 1:-1]
        return super().extract(inner, positions, size)


class Mirrored(Plain):
    """Puts every patch down upside down."""

    def reassemble(self, patches: Any, *rest: Any, **named: Any) -> Any:
        return super().reassemble(patches[:, ::-1], *rest, **named)

    def reassemble_stream(self, chunks: Any, *rest: Any) -> Any:
        return super().reassemble_stream(((patches[:, ::-1], places) for patches, places in chunks), *rest)


class Overwriting(Plain):
    """Of a batch and what came before it only the batch is left, so that several are needed to see it."""

    def _sum(self, chunks: Any, centre: Any, canvas: tuple[int, int]) -> Any:
        return super()._sum(list(chunks)[-1:], centre, canvas)


class Whole(Plain):
    """Takes no batches: what is optional may be missing."""

    def reassemble(self, patches: Any, positions: Any, centre: Any, canvas: tuple[int, int]) -> Any:
        return super().reassemble(patches, positions, centre, canvas)


class EvenPatches(Plain):
    """Puts patches of even sides together, says so, and is wrong where it is asked for others."""

    capabilities = Capabilities(sizes={"reassemble.N": Sizes(multiple_of=2)})

    def reassemble(self, patches: Any, *rest: Any, **named: Any) -> Any:
        return super().reassemble(patches if patches.shape[1] % 2 == 0 else -patches, *rest, **named)


class Backwards(Plain):
    """Moves images the other way along y."""

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        return super().translate(images, offsets * np.array([1, -1]), interpolation)


class Blockwise(Plain):
    """Takes the offsets of a block of images in the wrong order."""

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        if len(offsets) == len(images):
            return super().translate(images, offsets, interpolation)
        return super().translate(images, np.tile(offsets, (len(images) // max(1, len(offsets)), 1)), interpolation)


@pytest.fixture(autouse=True)
def thorough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred examples, so that what must be found does not hang on how hypothesis draws eight."""
    monkeypatch.setenv("PARITY_HYPOTHESIS", "parity-ci")


@cache
def _journey(cls: type[Any]) -> Finding:
    return finding_of(cls, "translate", "journey")


def _path(found: Finding) -> list[str]:
    """The steps to what failed, from ``begin`` on."""
    (red,) = [one for one in found.measured if not one.within]
    assert red.output == f"{found.blame} on a journey"
    assert red.about.drawn
    return re.split(r", (?=move|scatter|gather|cut|put|home)", found.facts["journey"])


def test_the_right_backend_comes_home() -> None:
    found = _journey(Plain)
    assert found.verdict is Verdict.OK, found.reason
    labels = {one.output for one in found.measured}
    assert labels == {f"{stage} on a journey" for stage in ("translate", "extract", "reassemble")}
    assert "blame" not in found.facts


def test_who_takes_no_batches_comes_home_without() -> None:
    assert _journey(Whole).verdict is Verdict.OK


def test_patches_that_a_backend_does_not_put_together_are_left_out() -> None:
    assert _journey(EvenPatches).verdict is Verdict.OK


def test_who_takes_no_batches_is_searched_without() -> None:
    found = finding_of(Whole, "reassemble", "search")
    assert (found.verdict, found.rules) == (Verdict.OK, ())


@pytest.mark.parametrize(
    ("cls", "stage"),
    thinned(
        [
            (Transposing, "extract"),
            (Rimless, "extract"),
            (Overwriting, "reassemble"),
            (Mirrored, "reassemble"),
            (Backwards, "translate"),
            (Blockwise, "translate"),
        ],
        2,
    ),
)
def test_the_stage_that_is_wrong_is_blamed(cls: type[Any], stage: str) -> None:
    found = _journey(cls)
    assert found.verdict is Verdict.SEMANTIC
    assert found.blame == stage
    assert _path(found)[0] == "begin"


def test_a_wrong_cut_is_found_in_one_step() -> None:
    steps = ", ".join(_path(_journey(Transposing))).replace("-0.0", "0.0")
    assert steps in ("begin, cut 6 x 6", "begin, move by 0.0, 0.0, cut at 0.0, 0.0")


def test_a_wrong_stitch_is_found_after_one_cut() -> None:
    begin, cut, put = _path(_journey(Mirrored))
    assert (begin, cut, put) == ("begin", "cut 6 x 6", "put together in groups of 1, batch None")


def test_a_wrong_sum_needs_batches_and_is_shown_with_one_alone() -> None:
    *_, cut, put = _path(_journey(Overwriting))
    assert (cut, put) == ("cut 6 x 6", "put together in groups of 1, batch 1")


@pytest.mark.long
def test_what_shows_at_the_rim_alone_takes_as_many_moves_as_lead_there() -> None:
    _begin, *moves, cut = _path(_journey(Rimless))
    steps = [[int(number) for number in re.findall(r"-?\d+", move)] for move in moves]
    assert 1 <= len(steps) <= 2
    x, y = np.sum(steps, axis=0)
    assert (abs(x), abs(y)) in ((5, 0), (0, 5)), "the object reaches the rim after five pixels along one axis"
    assert cut == "cut 6 x 6"


def test_an_offset_that_moves_the_wrong_block_is_seen_where_two_are_scattered() -> None:
    *before, scatter = _path(_journey(Blockwise))
    assert not [step for step in before if re.match(r"scatter [2-9]", step)], "it is seen at the first of them"
    found = re.fullmatch(r"scatter (\d) each by (\[.*\])", scatter)
    assert found, scatter
    assert (found[1], len(json.loads(found[2]))) == ("2", 2)


def test_a_wrong_move_is_one_pixel() -> None:
    _begin, move = _path(_journey(Backwards))
    assert re.fullmatch(r"move by \[\s*0 +-?1\]|move by -?0\.\d+, -?0\.\d+", move), move
