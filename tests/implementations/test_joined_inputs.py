"""The inputs of a chain in one are those of its first part, and of a later part what it takes beside, where it fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from parity_suite.cases.joined_inputs import joined_inputs
from parity_suite.core.fused import fused_stage
from parity_suite.core.stage import Field, Stage

_IMAGE = Field("image", "real", ("H", "W"))
_PART, _WAVE = (Field(name, "real", ("N", "N")) for name in ("part", "wave"))
_BY, _TOTAL = Field("by", "real", ("N",)), Field("total", "scalar")
CUT = Stage("cut", (_IMAGE, Field("size", "integer", size_of="N")), (_PART,), "")
LIT = Stage("lit", (_PART, _BY), (_WAVE,), "", linear_in=("part", "by"))
SUM = Stage("sum", (_WAVE, _BY, Field("bias", "scalar")), (_TOTAL,), "")
EVERY = [CUT, LIT, SUM]


def made(stage: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    image = np.ones((5, 7))
    if stage == "cut":
        yield from (("small", {"image": image, "size": 2}), ("large", {"image": image, "size": 4}))
        yield "other", {"image": image, "size": 3}
    for name, size in (("small", 2), ("middle", 3), ("large", 4)) if stage != "cut" else ():
        beside = {"by": np.full(size, float(size))}
        square = np.zeros((size, size))
        yield name, {"part": square, **beside} if stage == "lit" else {"wave": square, **beside, "bias": 10 * size}


def test_what_a_later_part_takes_beside_has_the_sizes_of_what_it_is_handed() -> None:
    found = dict(joined_inputs(EVERY, made))
    assert {name: (given["size"], len(given["by"]), given["bias"]) for name, given in found.items()} == {
        "small": (2, 2, 20),
        "large": (4, 4, 40),
        "other": (3, 3, 30),
    }
    assert all(set(given) == {"image", "size", "by", "bias"} for given in found.values())


def test_a_variant_that_nothing_goes_with_is_left_out() -> None:
    def fewer(stage: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return (one for one in made(stage) if stage == "cut" or one[0] != "large")

    assert [name for name, _ in joined_inputs(EVERY, fewer)] == ["small", "other"]


def test_the_data_of_a_chain_follow_from_its_parts() -> None:
    stage = fused_stage(EVERY)
    assert (stage.name, stage.arguments) == ("cut+lit+sum", ("image", "size", "by", "bias"))
    assert [one.name for one in stage.outputs] == ["total"]
    assert fused_stage([CUT, LIT]).linear_in == ("by",), "cut is not said to be linear in the image"
    linear = Stage("cut", CUT.inputs, CUT.outputs, "", linear_in=("image",))
    assert fused_stage([linear, LIT]).linear_in == ("image", "by")
    square = Stage("squared", (_PART,), (_WAVE,), "", items="N")
    assert fused_stage([square, Stage("again", (_WAVE,), (_PART,), "", items="N")]).items == "N"
    assert fused_stage([square, SUM]).items == "", "one part mixes the items"


@pytest.mark.parametrize("second", [CUT, Stage("noise", LIT.inputs, LIT.outputs, "", random=True)])
def test_what_is_no_chain_is_refused(second: Stage) -> None:
    with pytest.raises(ValueError, match=r"takes nothing that the stages before it give|is random and is part"):
        fused_stage([CUT, second])
