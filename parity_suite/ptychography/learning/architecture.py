"""The reference network: which convolutions it has, and where each of their weights stands in one flat vector.

``A (B, N, N, C)`` is the measured amplitude in sqrt(counts), ``s`` the intensity scale, ``P (P, N, N)`` the probe,
N a multiple of 4. With ``Q = fftshift(FFT2(P)) / N``, ``I = sum_P |Q|^2``, ``d = DAMPING mean(I)`` and
``m = sum_P mean |P|^2``::

    w = IFFT2(ifftshift(A / s / sqrt(I + d) * Q)) * N     one projection on the measured moduli, object transparent
    u = sum_P conj(P) (w - P) / m                         (B, N, N, C), the first step of a gradient descent
    x  = [Re u, Im u]                                     2 C channels, all real parts first
    h0 = silu(encoder0(x))                                F channels
    h1 = silu(encoder1(pool(h0)))                         2 F
    h2 = silu(encoder2(pool(h1)))                         4 F
    y1 = silu(decoder1(up(h2)) + h1)                      2 F
    y0 = silu(decoder0(up(y1)) + h0)                      F
    patches = 2 sigmoid(modulus(y0)) exp(i pi tanh(phase(y0)))

Every convolution is a 3 x 3 cross-correlation with one row and column of zeros on each side; ``pool`` is the mean of
2 x 2 pixels, ``up`` repeats each pixel 2 x 2 times, ``silu(x) = x sigmoid(x)``. ``phase`` has no bias: a constant
phase of all patches is a gauge, which no parameter may stand for. The vector holds ``encoder0``, ``encoder1``,
``encoder2``, ``decoder1``, ``decoder0``, ``modulus`` and ``phase`` one after the other, of each the kernel (outputs,
inputs, 3, 3) and then the bias (outputs,). The projection is that of Fienup (1982) with the update of Maiden and
Rodenburg (2009), damped where the probe has no far field.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import prod, sqrt
from typing import Final

#: Channels F of the first convolution, unless the weights say otherwise.
WIDTH: Final = 8
#: Share of the mean far field of the probe under which a pixel of the detector gives no phase.
DAMPING: Final = 1e-3
#: Sides of the network's input are multiples of this.
SIDE_FACTOR: Final = 4
#: Beside He's, so that an untrained network gives a transparent object.
_HEAD_GAIN: Final = 0.01


@dataclass(frozen=True)
class Parameter:
    """One array of weights: a kernel (outputs, inputs, 3, 3) or a bias (outputs,), and its place in the vector."""

    name: str
    shape: tuple[int, ...]
    start: int
    #: standard deviation of the first weights; He et al. (2015), zero for a bias
    spread: float

    @property
    def stop(self) -> int:
        return self.start + prod(self.shape)

    @property
    def place(self) -> slice:
        return slice(self.start, self.stop)


@cache
def parameters(channels: int, width: int = WIDTH) -> tuple[Parameter, ...]:
    """The parameters of a network for C ``channels``, in the order of the flat vector."""
    f = width
    table = (
        ("encoder0", 2 * channels, f, True, 1.0),
        ("encoder1", f, 2 * f, True, 1.0),
        ("encoder2", 2 * f, 4 * f, True, 1.0),
        ("decoder1", 4 * f, 2 * f, True, 1.0),
        ("decoder0", 2 * f, f, True, 1.0),
        ("modulus", f, channels, True, _HEAD_GAIN),
        ("phase", f, channels, False, _HEAD_GAIN),
    )
    out: list[Parameter] = []
    for name, inputs, outputs, biased, gain in table:
        start = out[-1].stop if out else 0
        out.append(Parameter(f"{name}.kernel", (outputs, inputs, 3, 3), start, gain * sqrt(2 / (9 * inputs))))
        if biased:
            out.append(Parameter(f"{name}.bias", (outputs,), out[-1].stop, 0.0))
    return tuple(out)


def size(channels: int, width: int = WIDTH) -> int:
    """W, the length of the flat vector of weights."""
    return parameters(channels, width)[-1].stop


@cache
def width_of(weights: int, channels: int) -> int:
    """F of a network with so many weights; ``ValueError`` where there is no such network."""
    for width in range(1, 257):
        if size(channels, width) == weights:
            return width
    raise ValueError(f"weights: no network for {channels} channels has {weights} of them")
