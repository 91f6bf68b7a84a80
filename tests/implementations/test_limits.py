"""What is declared of the parts of a chain holds of the chain in one."""

from __future__ import annotations

import numpy as np
import pytest

from parity_suite import Capabilities
from parity_suite.backends.parameters import conventions, declared

PATCHES, PROBE = np.zeros((3, 15, 15, 1), "complex64"), np.zeros((2, 15, 15), "complex64")
FAR_FIELD = {"patches": PATCHES, "probe": PROBE}


@pytest.mark.parametrize("sizes", [{"N": 16}, {"illuminate.N": 16}, {"illuminate.P": 1}, {"P": 1}])
def test_a_size_that_a_part_does_not_take(sizes: dict[str, int]) -> None:
    (name, size), known = next(iter(sizes.items())), Capabilities(sizes=sizes)
    assert f"{name} {size}" in set(known.every_outside("illuminate+diffract", FAR_FIELD))
    assert not Capabilities(sizes={"network.N": 16}).outside("illuminate+diffract", FAR_FIELD)


def test_a_way_in_which_a_part_is_asked_unless_it_is_told_by_what_is_handed_on() -> None:
    given = {**FAR_FIELD, "nphotons": 1e4, "size": 15}
    assert not Capabilities(choices={"scale": ("data",)}).outside("illuminate+scale", given)
    canvas = {"positions": np.zeros((3, 1, 2, 1)), "centre": np.zeros(2), "canvas": (20, 20), "patches": PATCHES}
    limited = Capabilities(choices={"reassemble": ("own centres",)})
    assert limited.outside("network+reassemble", canvas) == "reassemble own centres"


def test_conventions_of_the_parts_unless_it_says_others() -> None:
    class Mine:
        @conventions(nll_mean="pixels")
        def loss(self) -> None: ...

    class Other(Mine):
        @conventions(nll_mean="none")
        def both(self) -> None: ...

    setattr(Other, "illuminate+diffract+loss", Other.both)
    assert declared(Mine, "illuminate+diffract+loss") == {"nll_mean": "pixels"}
    assert declared(Other, "illuminate+diffract+loss") == {"nll_mean": "none"}
