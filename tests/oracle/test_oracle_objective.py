"""The oracle's objective is its own stages one after the other, put together here by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_suite.ptychography.learning.architecture import parameters
from parity_suite.ptychography.oracle import Oracle

N, C = 8, 4
BITS = np.random.default_rng(19)
PROBE = BITS.normal(size=(2, N, N)) + 1j * BITS.normal(size=(2, N, N))
POSITIONS = BITS.uniform(20, 26, (3, 1, 2, C))
GIVEN: dict[str, Any] = {
    "counts": BITS.poisson(5.0, (3, N, N, C)).astype(float),
    "positions": POSITIONS,
    "centres": POSITIONS.mean(axis=3, keepdims=True),
    "scale": 1.7,
    "weights": BITS.normal(size=parameters(C, 2)[-1].stop) * 0.3,
    "canvas": (15, 17),
}


def _patches(probe: Any, object_big: bool) -> Any:
    o = Oracle()
    free = o.network(np.sqrt(GIVEN["counts"]), probe, GIVEN["scale"], GIVEN["weights"])
    if not object_big:
        return free
    out = np.zeros_like(free)
    for b in range(3):
        centre = GIVEN["centres"][b, 0, :, 0]
        one = o.reassemble(free[b : b + 1], POSITIONS[b : b + 1], centre, GIVEN["canvas"])["canvas"]
        # Pixel [17 // 2, 15 // 2] of the canvas lies on the centre of the group.
        places = POSITIONS[b : b + 1] - centre.reshape(1, 1, 2, 1) + np.array([8, 7]).reshape(1, 1, 2, 1)
        out[b] = o.extract(one, places, N)[0]
    return out


@pytest.mark.parametrize("object_big", [False, True])
@pytest.mark.parametrize("power", [None, 30.0])
def test_the_loss_is_that_of_the_stages(object_big: bool, power: float | None) -> None:
    probe = PROBE if power is None else PROBE * np.sqrt(30.0 / np.sum(np.abs(PROBE) ** 2))
    amplitude = Oracle().diffract(Oracle().illuminate(_patches(probe, object_big), probe))
    rate = np.maximum((GIVEN["scale"] * amplitude) ** 2, 1e-6)
    got = Oracle().objective(**GIVEN, probe=PROBE, object_big=object_big, power=power)
    assert set(got) == {"amplitude", "poisson_nll"}
    assert np.abs(got["amplitude"] - amplitude).max() < 1e-12
    assert got["poisson_nll"] == pytest.approx(np.sum(rate - GIVEN["counts"] * np.log(rate)) / 3, rel=1e-12)
