"""What must hold of a bundle's content, whether it is about to be written or was just read."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from numbers import Real
from typing import Final

import numpy as np

from parity_suite.contracts import Violation
from parity_suite.contracts.values import offenders

from .json_text import shown, value_violations
from .model import Array, Bundle, BundleError
from .tensors import BYTES_PER_VALUE, PART_DTYPES, WEIGHT_PREFIX

_WEIGHT_NAME: Final = re.compile(r"[A-Za-z0-9_./:+-]{1,200}")


def check_weights(weights: Mapping[str, Array], wanted: Mapping[str, tuple[int, ...]]) -> None:
    """Hold weights against the shapes that an architecture has.

    Raises BundleError naming every weight that is missing, extra or of another shape.
    """
    violations = []
    for name in sorted(weights.keys() | wanted.keys()):
        found = str(tuple(weights[name].shape)) if name in weights else "nothing"
        if name not in wanted:
            violations.append(Violation(name, "extra", found, "no such weight"))
        elif name not in weights:
            violations.append(Violation(name, "missing", found, str(tuple(wanted[name]))))
        elif found != str(tuple(wanted[name])):
            violations.append(Violation(name, "shape", found, str(tuple(wanted[name]))))
    if violations:
        raise BundleError(violations, "weights")


def bundle_violations(bundle: Bundle) -> list[Violation]:
    """All that is wrong with a bundle."""
    return [
        *scale_violations(bundle.scale),
        *_weights_violations(bundle.weights),
        *_probe_violations(bundle.probe),
        *config_violations(bundle.config),
        *versions_violations(bundle.versions),
    ]


def scale_violations(value: object) -> Iterator[Violation]:
    """A number that float64 holds exactly, finite and above 0."""
    if isinstance(value, Real) and not isinstance(value, bool):
        with suppress(OverflowError):
            number = float(value)
            if math.isfinite(number) and number > 0 and number == value:
                return
    yield Violation("scale", "positive", shown(value), "a finite float64 above 0")


def config_violations(config: object) -> Iterator[Violation]:
    """A mapping from text to JSON values."""
    if isinstance(config, Mapping):
        yield from value_violations(dict(config), "config")
    else:
        yield Violation("config", "type", shown(config), "a mapping")


def versions_violations(versions: object) -> Iterator[Violation]:
    """A mapping from text to text."""
    if not isinstance(versions, Mapping):
        yield Violation("versions", "type", shown(versions), "a mapping")
    elif not all(isinstance(text, str) for item in versions.items() for text in item):
        yield Violation("versions", "text", shown(dict(versions)), "text by text")


def is_weight_name(name: object) -> bool:
    """Whether a weight may have this name: plain ASCII, the same in every language's file."""
    return isinstance(name, str) and _WEIGHT_NAME.fullmatch(name) is not None


def _weights_violations(weights: object) -> Iterator[Violation]:
    if not isinstance(weights, Mapping):
        yield Violation("weights", "type", shown(weights), "a mapping")
        return
    for name, value in weights.items():
        if not is_weight_name(name):
            yield Violation("weights", "name", shown(name), f"a name that matches {_WEIGHT_NAME.pattern}")
        else:
            yield from _array_violations(f"{WEIGHT_PREFIX}{name}", value, tuple(BYTES_PER_VALUE))


def _probe_violations(probe: object) -> Iterator[Violation]:
    violations = list(_array_violations("probe", probe, tuple(PART_DTYPES)))
    yield from violations
    if not violations and isinstance(probe, np.ndarray):
        yield from probe_shape_violations(probe.shape)


def probe_shape_violations(shape: tuple[int, ...]) -> Iterator[Violation]:
    """At least one mode, square, at least one pixel."""
    if len(shape) != 3 or shape[1] != shape[2] or 0 in shape:
        yield Violation("probe", "shape", str(shape), "(P, N, N) with P and N at least 1")


def _array_violations(name: str, value: object, dtypes: tuple[str, ...]) -> Iterator[Violation]:
    # A subclass may mean more than its bytes: the mask of a masked array would be lost.
    if type(value) is not np.ndarray:
        yield Violation(name, "type", type(value).__name__, "a plain NumPy array")
    elif value.dtype.name not in dtypes:
        yield Violation(name, "dtype", value.dtype.name, " or ".join(dtypes))
    else:
        violation = offenders(name, "finite", value, ~np.isfinite(value), "finite values")
        if violation is not None:
            yield violation
