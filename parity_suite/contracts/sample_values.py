"""Values that keep the rules of one field."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.model import Field

Array = NDArray[Any]

#: Where a rule sets no bound, values lie within these.
_LOW, _HIGH = -3.0, 3.0
_POSITIVE: Final = frozenset({"positive", "positive_somewhere"})
_COUNTED: Final = frozenset({"non_negative", "integer_counts", "not_all_zero"})


def draw_values(field: Field, dtype: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """An array of this type and shape in which every element differs from the next, as far as the field allows."""
    if dtype == "str":
        return _texts(field, shape, rng)
    if dtype == "json":
        return np.full(shape, "{}", object)
    if dtype == "bool":
        # What must not be all false is true where nothing is wrong.
        return _arranged(field, np.asarray(rng.random(shape) < (0.95 if "not_all_zero" in field.rules else 0.5)))
    low, high = _range(field)
    if "int" in dtype:
        values = _whole(field, low, high, shape, rng)
    else:
        values = np.asarray(rng.uniform(low, high, shape))
        if "integer_counts" in field.rules:
            values = np.floor(values)
            values.reshape(-1)[-1:] = max(np.floor(low), 1.0)
    if dtype.startswith("complex"):
        values = values + 1j * np.asarray(rng.uniform(low, high, shape))
    return np.asarray(_arranged(field, values), dtype)


def _range(field: Field) -> tuple[float, float]:
    low, high = field.minimum, field.maximum
    if low is None:
        floor = 0.5 if _POSITIVE & set(field.rules) else 0.0 if _COUNTED & set(field.rules) else _LOW
        low = floor if high is None else min(floor, high)
    if "positive" in field.rules:
        low = max(low, np.nextafter(0, 1) if high is not None and high < 0.5 else min(0.5, high or 0.5))
    return low, max(low + (_HIGH if high is None else 0), low) if high is None else high


def _whole(field: Field, low: float, high: float, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    choices = [choice for choice in field.one_of if isinstance(choice, int)]
    if choices:
        return np.asarray(rng.choice(choices, shape))
    size = int(np.prod(shape))
    first = int(np.ceil(low))
    last = max(first, min(int(np.floor(high)), first + max(size, 3) * 2))
    if "unique" in field.rules or "strictly_increasing" in field.rules:
        return np.asarray(rng.choice(np.arange(first, max(last, first + size - 1) + 1), size, replace=False)).reshape(
            shape
        )
    return np.asarray(rng.integers(first, last + 1, shape))


def _arranged(field: Field, values: Array) -> Array:
    rules = set(field.rules)
    if rules & {"increasing", "strictly_increasing"}:
        values = np.sort(values.reshape(-1)).reshape(values.shape)
    if rules & {"not_all_zero", "positive_somewhere"} and values.size and not np.any(values.real > 0):
        values.reshape(-1)[-1:] = 1
    if "unit_norm" in rules and values.size:
        axes = tuple(range(1, values.ndim)) or None
        values = values / np.sqrt(np.sum(np.abs(values) ** 2, axis=axes, keepdims=True))
    return values


def _texts(field: Field, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    choices = [str(choice) for choice in (field.examples or field.one_of)]
    if not choices and field.pattern is not None:
        raise ValueError(f"{field.name}: a pattern and no examples")
    size = int(np.prod(shape))
    if not choices:
        choices = [
            f"{field.name.rpartition('.')[2].strip('[]@*') or 'text'} {index + 1}" for index in range(max(size, 1))
        ]
    if "unique" in field.rules:
        if size > len(choices):
            raise ValueError(f"{field.name}: {len(choices)} examples for {size} values that are each there once")
        return np.array(rng.permutation(choices)[:size], np.str_).reshape(shape)
    return np.array(rng.choice(choices, size), np.str_).reshape(shape)
