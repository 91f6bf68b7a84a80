"""The gradient of the objective against differences, on an objective whose gradient is known: what is off is named."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from parity_suite.cases.variants import Variant
from parity_suite.compare.deviation import Bound
from parity_suite.ptychography.laws import differences
from parity_suite.ptychography.learning.architecture import parameters

WIDTH, CHANNELS = 1, 1
TABLE = parameters(CHANNELS, WIDTH)
BITS = np.random.default_rng(3)
WEIGHTS = BITS.normal(size=TABLE[-1].stop)
PROBE = BITS.normal(size=(1, 4, 4)) + 1j * BITS.normal(size=(1, 4, 4))


class Known:
    """sum(w^4) / 4 + s^3 + sum |P|^4 / 4, in the place of the oracle."""

    def objective(self, *, weights: Any, scale: float, probe: Any, counts: Any) -> dict[str, float]:
        return {"poisson_nll": float(np.sum(weights**4) / 4 + scale**3 + np.sum(np.abs(probe) ** 4) / 4)}


def right(name: str, inputs: Any) -> Any:
    value = inputs[name]
    return {"weights": lambda: value**3, "scale": lambda: 3 * value**2, "probe": lambda: np.abs(value) ** 2 * value}[
        name
    ]()


def outcomes(
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[str, Any], Any] = lambda name, got: got,
    precision: str = "float64",
) -> dict[str, Bound]:
    """By label, on a backend whose gradients were changed."""

    def vjp(stage: str, inputs: Any, output: str, wrt: str, cotangent: Any) -> Any:
        assert (stage, output, cotangent) == ("objective", "poisson_nll", 1.0)
        return change(wrt, right(wrt, inputs))

    monkeypatch.setattr(differences, "Oracle", Known)
    monkeypatch.setattr(differences, "width_of", lambda size, channels: WIDTH)
    given = {"weights": WEIGHTS, "scale": 1.25, "probe": PROBE, "counts": np.ones((1, 4, 4, CHANNELS))}
    subject: Any = SimpleNamespace(
        backend=SimpleNamespace(vjp=vjp), precision=precision, need=lambda *_: None, given=lambda value: value
    )
    found = list(differences.along_differences(subject, Variant("objective", "small", given)))
    assert all(isinstance(one, Bound) for one in found)
    return {one.output: one for one in found if isinstance(one, Bound)}


def label(name: str) -> str:
    return f"d poisson_nll / d {name} (small)"


def wrong(found: dict[str, Bound]) -> list[str]:
    return [name for name, one in found.items() if not one.of_limit <= 1]


def test_every_parameter_is_asked_twice_then_scale_and_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    found = outcomes(monkeypatch)
    names = [name for one in TABLE for name in (one.name, f"{one.name}, steepest")]
    assert list(found) == [label(name) for name in [*names, "scale", "probe"]]
    assert wrong(found) == []
    assert max(one.value for one in found.values()) < 1e-7
    assert {one.limit for one in found.values()} == {1e-6}
    assert {one.limit for one in outcomes(monkeypatch, precision="float32").values()} == {1e-3}


@pytest.mark.parametrize("place", range(len(TABLE)))
def test_a_parameter_whose_gradient_is_off(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    one = TABLE[place]

    def change(name: str, got: Any) -> Any:
        if name == "weights":
            got = got.copy()
            got[one.place] *= 1 + 1e-4
        return got

    found = outcomes(monkeypatch, change)
    assert label(f"{one.name}, steepest") in wrong(found)
    assert set(wrong(found)) <= {label(one.name), label(f"{one.name}, steepest")}
    assert found[label(f"{one.name}, steepest")].value == pytest.approx(1e-4, rel=1e-2)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("scale", lambda got: got * 1.001),
        ("scale", lambda got: 0 * got),
        ("probe", np.conj),
        ("probe", lambda got: got * 1.0001),
    ],
)
def test_scale_and_probe(monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[Any], Any]) -> None:
    found = outcomes(monkeypatch, lambda wrt, got: change(got) if wrt == name else got)
    assert wrong(found) == [label(name)]


def test_the_difference_is_of_the_fourth_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact for a polynomial of the fourth degree, whatever the step."""
    monkeypatch.setattr(differences, "Oracle", Known)
    monkeypatch.setattr(differences, "_STEP", 0.1)
    given = {"weights": np.array([2.0, -1.0]), "scale": 0.5, "probe": PROBE, "counts": 0}
    variant = Variant("objective", "small", given)
    got = differences._difference(variant, "weights", np.array([1.0, 3.0]))
    assert got == pytest.approx(8 * 1 + -1 * 3, rel=1e-12)
    assert differences._difference(variant, "scale", np.float64(2.0)) == pytest.approx(2 * 3 * 0.25, rel=1e-12)


def test_directions_are_the_same_every_time_and_complex_where_they_must_be() -> None:
    one = differences._direction((3, 4), True)
    assert one.shape == (3, 4)
    assert np.all(one.imag != 0)
    assert np.array_equal(one, differences._direction((3, 4), True))
    assert differences._direction((12,), False).dtype == float
    assert np.array_equal(one.real.ravel(), differences._direction((12,), False))
