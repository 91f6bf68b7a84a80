"""What probe and object give is what the oracle gives, also where a patch hangs over the canvas."""

from __future__ import annotations

import numpy as np

from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.trial.far_field import FarField

SIZE, ROUND_OFF = 16, 2e-6


def test_the_far_field_is_the_oracles() -> None:
    rng = np.random.default_rng(3)
    canvas, probe = (rng.normal(size=(2, *shape)) for shape in ((33, 41), (2, SIZE, SIZE)))
    canvas, probe = canvas[0] + 1j * canvas[1], probe[0] + 1j * probe[1]
    positions = np.array([[20.0, 15.0], [11.25, 17.5], [1.5, 30.75], [40.0, 0.0], [-90.0, 12.0], [20.0, 400.0]])
    oracle = Oracle()
    # One group of as many channels as there are positions.
    patches = oracle.extract(canvas, positions.T[None, None], SIZE)
    wanted = [oracle.diffract(oracle.illuminate(patches[..., [at]], probe))[0, :, :, 0] for at in range(6)]
    found = FarField(probe, canvas).amplitude(positions)
    assert np.abs(found - wanted).max() < ROUND_OFF * np.abs(wanted).max()
    assert not found[4].any(), "nothing lies beyond the canvas"
    assert np.abs(found[2]).max() > 0
