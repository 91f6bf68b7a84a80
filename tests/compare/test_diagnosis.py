"""Transformations of what was wanted: each named where it was made, and none where nothing known was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from parity_suite.compare.diagnosis import Guess, Output, explain
from parity_suite.core.kinds import Kind

AXES = ("item", "row", "column", "channel")
ALLOWED = 1e-6


def images(seed: int, shape: tuple[int, ...] = (3, 8, 8, 4)) -> Any:
    bits = np.random.Generator(np.random.PCG64(seed))
    return bits.normal(size=shape) + 1j * bits.normal(size=shape)


def held(got: Any, want: Any, numbers: Mapping[str, float] | None = None, axes: tuple[str, ...] = AXES) -> Any:
    return {"images": Output("images", np.asarray(got), np.asarray(want), axes, ALLOWED, None, numbers or {})}


def guessed(wrong: Callable[[Any], Any], numbers: Mapping[str, float] | None = None) -> Guess | None:
    """What two calls look like of which every output went through a mistake, in single precision."""
    wants = [images(1), images(2)]
    return explain([held(wrong(want).astype(np.complex64), want, numbers) for want in wants])


def half(values: Any) -> Any:
    return values.real.astype(np.float16) + 1j * values.imag.astype(np.float16)


def bordered(values: Any) -> Any:
    out = values.copy()
    out[:, 0] = 7.0
    return out


def blank(values: Any) -> Any:
    out = values.copy()
    out[-1] = 0
    return out


def shifted(values: Any) -> Any:
    out = np.roll(values, (1, -2), (1, 2))
    out[:, :1] = 0
    out[:, :, -2:] = 0
    return out


MISTAKES: dict[str, tuple[Kind, Callable[[Any], Any]]] = {
    "zero": (Kind.ZERO, np.zeros_like),
    "sign": (Kind.SIGN, np.negative),
    "conjugate": (Kind.CONJUGATE, np.conj),
    "mirror": (Kind.MIRROR, lambda v: v[:, :, ::-1]),
    "half turn": (Kind.MIRROR, lambda v: v[:, ::-1, ::-1]),
    "transpose": (Kind.TRANSPOSE, lambda v: v.swapaxes(1, 2)),
    "unshifted": (Kind.FFTSHIFT, lambda v: np.fft.ifftshift(v, (1, 2))),
    "squared": (Kind.POWER, np.square),
    "modulus": (Kind.MODULUS, np.abs),
    "factor": (Kind.FACTOR, lambda v: 9.882 * v),
    "phase": (Kind.FACTOR, lambda v: np.exp(0.3j) * v),
    "added": (Kind.OFFSET, lambda v: v + 0.25),
    "roll": (Kind.SHIFT, lambda v: np.roll(v, (1, -2), (1, 2))),
    "shift": (Kind.SHIFT, shifted),
    "column major": (Kind.ORDER, lambda v: v[..., [0, 2, 1, 3]]),
    "reversed": (Kind.ORDER, lambda v: v[::-1]),
    "first for all": (Kind.REPEATED, lambda v: np.repeat(v[:1], 3, axis=0)),
    "mean for all": (Kind.REPEATED, lambda v: np.broadcast_to(v.mean(axis=0), v.shape)),
    "last blank": (Kind.DROPPED, blank),
    "half precision": (Kind.PRECISION, half),
    "border": (Kind.BORDER, bordered),
    "constant": (Kind.CONSTANT, lambda v: np.full_like(v, 3.0)),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(name: str) -> None:
    kind, wrong = MISTAKES[name]
    guess = guessed(wrong)
    assert guess is not None
    assert guess.kind is kind, guess.text


def test_a_factor_is_told_with_its_value_and_with_its_name() -> None:
    free = guessed(lambda v: 9.882 * v)
    named = guessed(lambda v: 64 * v, {"N": 8.0, "scale": 64.0})
    assert free is not None
    assert named is not None
    assert "a constant factor 9.882" in free.line
    assert named.text == "off by the factor N^2 = 64"


def test_nothing_is_named_where_nothing_is_wrong() -> None:
    assert guessed(lambda v: v) is None


@pytest.mark.parametrize("seed", range(40))
def test_another_image_is_no_known_mistake(seed: int) -> None:
    """Noise of the same size, of other statistics, and mixed with what was wanted."""
    other = images(seed + 100)
    for wrong in (lambda v: other, lambda v: v + 0.3 * other, lambda v: v * np.abs(other), lambda v: v + 1e-3 * other):
        assert guessed(wrong) is None


@pytest.mark.parametrize("seed", range(40))
def test_another_number_is_no_known_mistake(seed: int) -> None:
    """Two calls that give single numbers: a factor for each would explain anything."""
    bits = np.random.Generator(np.random.PCG64(seed))
    numbers = {"N": 16.0, "batch": 3.0, "channels": 4.0, "pixels": 256.0, "values": 1024.0}
    wants, gots = bits.uniform(1, 100, 2), bits.uniform(1, 100, 2)
    assert explain([held(g, w, numbers, ()) for g, w in zip(gots, wants, strict=True)]) is None
    assert explain([held(gots[0], wants[0], numbers, ())]) is None
    # The same number wanted and got twice is one number.
    assert explain([held(gots[0], wants[0], numbers, ())] * 2) is None


def test_two_mistakes_in_two_calls_are_none() -> None:
    one, two = images(1), images(2)
    assert explain([held(np.conj(one), one), held(two.swapaxes(1, 2), two)]) is None


def test_a_call_that_is_right_and_would_have_changed_is_said() -> None:
    one, two = images(1), images(2)
    guess = explain([held(np.conj(one), one), held(two, two)])
    assert guess is not None
    assert guess.kind is Kind.CONJUGATE
    assert "in 1 of 2 calls" in guess.line


def test_one_output_in_the_place_of_another() -> None:
    def call(seed: int) -> Any:
        one, two = images(seed), images(seed + 9)
        right = Output("sum", one, one, AXES, ALLOWED)
        return {"sum": right, "mean": Output("mean", one, two, AXES, ALLOWED)}

    guess = explain([call(1), call(2)])
    assert guess is not None
    assert guess.kind is Kind.OUTPUT


def test_variance_of_a_sample() -> None:
    axes = ("item", "channel")
    want = np.abs(images(1, (3, 4)))
    numbers = {"pixels": 64.0, "N": 8.0}
    guess = explain([{"std": Output("std", want * np.sqrt(64 / 63), want, axes, ALLOWED, None, numbers)}])
    assert guess is not None
    assert guess.kind is Kind.DDOF
