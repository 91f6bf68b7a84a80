"""Synthetic datasets as NumPy arrays or as framework tensors on a device, for tests of one's own."""

from __future__ import annotations

from typing import Any

from parity_suite.backends.subject import Subject
from parity_suite.cases.datasets import Datasets, made
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext


def arrays(
    context: RunContext,
    recipe: str,
    spec: BackendSpec | None = None,
    device: str = "cpu",
    precision: str = "float32",
) -> dict[str, Any]:
    """The arrays of a recipe by name; of one of ptychography ``diff3d (M, N, N)``, ``probe (P, N, N)``,
    ``object (H, W)`` and ``positions (M, 2)`` [x, y] in pixels.

    Without a backend they are NumPy arrays in float64 and complex128. With one they are what its ``put`` makes of them
    on the device, rounded to the precision but for the positions. Raises ``NotProvided`` where the backend has no
    ``put``, ``Unavailable`` where it cannot be made for the device, and ``ValueError`` for an unknown recipe.
    """
    dataset = made(recipe, context.part(Datasets).folder)
    # A copy, because the arrays of a dataset are shared and read-only.
    found = {name: array.copy() for name, array in dataset.arrays().items()}
    if spec is None:
        return found
    subject = Subject(spec, context, device, precision, precision)
    subject.need("put")
    return {
        name: subject.backend.put(value if name in dataset.double else _rounded(value, precision))
        for name, value in found.items()
    }


def _rounded(value: Any, precision: str) -> Any:
    narrow = "complex64" if precision == "float32" else "complex128"
    return value.astype(narrow if value.dtype.kind == "c" else precision)
