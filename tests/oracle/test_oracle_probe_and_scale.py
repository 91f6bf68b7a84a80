"""`probe`, `illuminate` and `scale` against plain loops, and the closed form in the normalised domain."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from parity_suite.ptychography.oracle import Oracle


@pytest.mark.parametrize("n", [8, 15, 16])
@pytest.mark.parametrize("masked", [False, True])
def test_probe_is_divided_by_its_mean_modulus(oracle: Oracle, waves: Any, n: int, masked: bool) -> None:
    probe = waves(2, n, n)
    result = oracle.probe(probe, 1.7, masked)
    kept = [
        (m, r, c)
        for m in range(2)
        for r in range(n)
        for c in range(n)
        if not masked or 4 * math.hypot(r - n // 2, c - n // 2) <= n
    ]
    factor = 1.7 * math.fsum(abs(complex(probe[at])) for at in kept) / (2 * n * n)
    assert result["factor"] == pytest.approx(factor, rel=1e-13)
    expected = np.zeros_like(probe)
    for at in kept:
        expected[at] = probe[at] / factor
    np.testing.assert_allclose(result["probe"], expected, rtol=1e-13)


def test_mask_holds_the_pixels_on_its_rim(oracle: Oracle, waves: Any) -> None:
    """N = 8: radius 2 around (4, 4), 13 pixels, four on the rim; N = 15: radius 3.75, 45 pixels."""
    for n, pixels in ((8, 13), (15, 45)):
        assert np.count_nonzero(oracle.probe(waves(1, n, n), 1.0, True)["probe"]) == pixels


def test_illuminate_pairs_every_mode_with_every_patch(oracle: Oracle, waves: Any) -> None:
    patches, probe = waves(3, 4, 4, 2), waves(2, 4, 4, seed=1)
    psi = oracle.illuminate(patches, probe)
    assert psi.shape == (3, 2, 4, 4, 2)
    for b, p, r, s, c in np.ndindex(psi.shape):
        expected = complex(patches[b, r, s, c]) * complex(probe[p, r, s])
        assert complex(psi[b, p, r, s, c]) == pytest.approx(expected, rel=1e-14)


def test_scale_prefers_learned_then_data_then_closed(oracle: Oracle, waves: Any) -> None:
    psi = waves(3, 2, 6, 6, 4)
    assert oracle.scale(psi, 1e5, 6, learned=3.25) == {"scale": 3.25, "source": "learned"}
    assert oracle.scale(None, 1e5, 6, learned=3.25) == {"scale": 3.25, "source": "learned"}
    assert oracle.scale(psi, 1e5, 6)["source"] == "data"
    assert oracle.scale(None, 1e5, 6)["source"] == "closed"


def test_scale_from_the_data_gives_every_pattern_its_photons(oracle: Oracle, waves: Any) -> None:
    """Modes share the photons of a pattern; groups and channels each have their own."""
    psi = waves(3, 2, 6, 6, 4)
    total = math.fsum(abs(complex(value)) ** 2 for value in psi.ravel())
    result = oracle.scale(psi, 1e5, 6)["scale"]
    assert result**2 * total / (3 * 4) == pytest.approx(1e5, rel=1e-13)


@pytest.mark.parametrize("n", [6, 15])
def test_closed_form_is_the_data_in_the_normalised_domain(oracle: Oracle, waves: Any, n: int) -> None:
    psi = waves(3, 2, n, n, 4)
    psi *= n / 2 / math.sqrt(math.fsum(abs(complex(value)) ** 2 for value in psi.ravel()) / (3 * 4))
    closed = oracle.scale(None, 4e6, n)["scale"]
    assert closed == pytest.approx(2 * math.sqrt(4e6) / n, rel=1e-14)
    assert oracle.scale(psi, 4e6, n)["scale"] == pytest.approx(closed, rel=1e-13)
    assert oracle.scale(1.25 * psi, 4e6, n)["scale"] == pytest.approx(closed / 1.25, rel=1e-13)


@pytest.mark.parametrize("source", ["closed", "data"])
def test_scale_grows_with_the_root_of_the_dose(oracle: Oracle, waves: Any, source: str) -> None:
    psi = waves(2, 1, 6, 6, 1) if source == "data" else None
    faint, bright = (oracle.scale(psi, nphotons, 6)["scale"] for nphotons in (1e5, 9e5))
    assert bright == pytest.approx(3 * faint, rel=1e-14)
