"""The oracle's network by other means: SciPy's correlation, the DFT as a matrix, and pixels worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage, special

from parity_suite.ptychography import oracle_network
from parity_suite.ptychography.learning.architecture import DAMPING, parameters
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.oracle_network import network, projection

N, C, P, WIDTH = 8, 2, 2, 2
BITS = np.random.default_rng(41)
AMPLITUDE = BITS.random((3, N, N, C))
PROBE = BITS.normal(size=(P, N, N)) + 1j * BITS.normal(size=(P, N, N))
TABLE = parameters(C, WIDTH)
WEIGHTS = BITS.normal(size=TABLE[-1].stop) * 0.3


def _named() -> dict[str, Any]:
    return {one.name: WEIGHTS[one.start : one.stop].reshape(one.shape) for one in TABLE}


def _convolved(x: Any, name: str) -> Any:
    """By SciPy, image by image; the bias where there is one."""
    kernel = _named()[f"{name}.kernel"]
    out = np.zeros((len(x), len(kernel), *x.shape[2:]))
    for b, o, i in np.ndindex(len(x), *kernel.shape[:2]):
        out[b, o] += ndimage.correlate(x[b, i], kernel[o, i], mode="constant")
    bias = _named().get(f"{name}.bias")
    return out + (0 if bias is None else bias[:, None, None])


def _silu(x: Any) -> Any:
    return x * special.expit(x)


def _pooled(x: Any) -> Any:
    return x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2).mean(axis=(3, 5))


def _doubled(x: Any) -> Any:
    return np.kron(x, np.ones((2, 2)))


def _by_scipy(update: Any) -> Any:
    x = np.concatenate([np.moveaxis(part, 3, 1) for part in (update.real, update.imag)], axis=1)
    h0 = _silu(_convolved(x, "encoder0"))
    h1 = _silu(_convolved(_pooled(h0), "encoder1"))
    h2 = _silu(_convolved(_pooled(h1), "encoder2"))
    y1 = _silu(_convolved(_doubled(h2), "decoder1") + h1)
    y0 = _silu(_convolved(_doubled(y1), "decoder0") + h0)
    phase = np.pi * np.tanh(_convolved(y0, "phase"))
    return np.moveaxis(2 * special.expit(_convolved(y0, "modulus")) * np.exp(1j * phase), 1, 3)


def _dft() -> Any:
    """The unitary transform whose zero frequency lies at pixel N//2."""
    k = np.arange(N)
    return np.exp(-2j * np.pi * np.outer(k - N // 2, k) / N) / np.sqrt(N)


def _projected(amplitude: Any, probe: Any) -> Any:
    f = _dft()
    far = np.array([f @ mode @ f.T for mode in probe])
    light = (np.abs(far) ** 2).sum(axis=0)
    out = np.zeros(amplitude.shape, complex)
    for b in range(len(amplitude)):
        for c in range(amplitude.shape[3]):
            ratio = amplitude[b, :, :, c] / np.sqrt(light + DAMPING * light.mean())
            for mode, field in zip(probe, far, strict=True):
                out[b, :, :, c] += mode.conj() * (f.conj().T @ (ratio * field) @ f.conj() - mode)
    return out / (np.abs(probe) ** 2).mean(axis=(1, 2)).sum()


def test_the_projection_is_that_of_the_dft_matrix() -> None:
    assert np.abs(projection(AMPLITUDE, PROBE) - _projected(AMPLITUDE, PROBE)).max() < 1e-12


def test_the_moduli_of_the_probe_itself_need_no_update_but_for_the_damping() -> None:
    light = np.sum(np.abs(np.fft.fftshift(np.fft.fft2(PROBE), axes=(1, 2)) / N) ** 2, axis=0)
    own = np.sqrt(light + DAMPING * light.mean())[None, :, :, None]
    assert np.abs(projection(own, PROBE)).max() < 1e-12


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_the_network_is_that_of_scipy(scale: float) -> None:
    want = _by_scipy(_projected(AMPLITUDE / scale, PROBE))
    got = network(AMPLITUDE, PROBE, scale, WEIGHTS)
    assert got.shape == (3, N, N, C)
    assert np.abs(got - want).max() < 1e-12
    assert np.array_equal(got, Oracle().network(AMPLITUDE, PROBE, scale, WEIGHTS))


def test_in_float32_it_computes_in_float32() -> None:
    got = network(AMPLITUDE.astype(np.float32), PROBE.astype(np.complex64), 2.5, WEIGHTS)
    assert got.dtype == np.complex64
    want = network(AMPLITUDE, PROBE, 2.5, WEIGHTS)
    assert 1e-9 < np.abs(got - want).max() < 1e-5
    assert got.flags.c_contiguous


def test_pooling_and_upsampling_by_hand() -> None:
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    assert oracle_network._pool(x)[0, 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert oracle_network._up(x[:, :, :1, :2])[0, 0].tolist() == [[0, 0, 1, 1], [0, 0, 1, 1]]
