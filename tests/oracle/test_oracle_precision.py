"""The oracle in float32 really computes in float32: results of that dtype, off by its round-off, no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from parity_suite.ptychography.oracle import Oracle


def arguments(stage: str, waves: Any) -> dict[str, Any]:
    """Inputs that float32 and complex64 hold exactly, but for nothing else."""
    patches = waves(2, 15, 15, 4).astype(np.complex64)
    positions = np.random.default_rng(2).uniform(-3, 30, (2, 1, 2, 4)).astype(np.float32)
    return {
        "probe": {"probe": waves(2, 15, 15).astype(np.complex64), "probe_scale": 1.7, "masked": True},
        "extract": {"object": waves(29, 31).astype(np.complex64), "positions": positions, "size": 15},
        "illuminate": {"patches": patches, "probe": waves(2, 15, 15, seed=1).astype(np.complex64)},
        "diffract": {"psi": waves(2, 2, 15, 15, 4).astype(np.complex64)},
        "translate": {"images": patches[..., :1], "offsets": positions[:, 0, :, 0]},
        "reassemble": {
            "patches": patches,
            "positions": positions,
            "centre": np.array([14.3, 15.1], np.float32),
            "canvas": (33, 36),
        },
        "stats": {"patches": patches},
    }[stage]


def arrays(result: Any) -> list[Any]:
    if not isinstance(result, Mapping):
        return [result]
    return [value for value in result.values() if isinstance(value, np.ndarray)]


@pytest.mark.parametrize("stage", ["probe", "extract", "illuminate", "diffract", "translate", "reassemble", "stats"])
def test_float32_differs_from_float64_by_its_round_off(waves: Any, stage: str) -> None:
    given = arguments(stage, waves)
    double = arrays(getattr(Oracle(), stage)(**given))
    single = arrays(getattr(Oracle(precision="float32"), stage)(**given))
    assert double
    for fine, coarse in zip(double, single, strict=True):
        assert fine.dtype in (np.float64, np.complex128)
        assert coarse.dtype in (np.float32, np.complex64)
    errors = [np.linalg.norm(c - f) / np.linalg.norm(f) for c, f in zip(single, double, strict=True)]
    assert 1e-9 < max(errors) < 1e-6


def test_float32_scalars_differ_by_their_round_off(waves: Any) -> None:
    patches = waves(2, 15, 15, 4).astype(np.complex64)
    amplitude = np.abs(waves(2, 15, 15, 4, seed=1)).astype(np.float32) * 8
    counts = np.random.default_rng(3).poisson(amplitude.astype(np.float64) ** 2).astype(np.float64)
    fine, coarse = (
        {
            **backend.loss(amplitude, counts, 1.25, patches),
            "scale": backend.scale(patches[:, None], 1e5, 15)["scale"],
        }
        for backend in (Oracle(), Oracle(precision="float32"))
    )
    for name, value in fine.items():
        assert 0 < abs(coarse[name] / value - 1) < 1e-6, name


def test_other_devices_are_refused() -> None:
    with pytest.raises(ValueError, match="device"):
        Oracle(device="cuda")
