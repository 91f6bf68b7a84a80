"""JAX's operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import jax
import jax.numpy as jnp

from parity_suite.backends.api import Array
from parity_suite.backends.frameworks.framework import Tensor
from parity_suite.backends.frameworks.numpy import OfNamespace

# Without it there is no float64, in which what failed is asked again.
jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]


class OfJax(OfNamespace):
    """JAX on the CPU or on CUDA."""

    np = jnp

    def devices(self) -> tuple[str, ...]:
        return ("cpu", "cuda") if jax.default_backend() == "gpu" else ("cpu",)

    def put(self, array: Array, device: str) -> Tensor:
        return jax.device_put(array, jax.devices("gpu" if device == "cuda" else "cpu")[0])

    def vjp(self, function: Callable[[Tensor], Tensor], tensor: Tensor, cotangent: Array) -> Tensor:
        def loss(value: Tensor) -> Tensor:
            return jnp.sum(jnp.real(jnp.conj(cotangent) * function(value)))

        # JAX gives dL/dRe - i dL/dIm.
        return jnp.conj(jax.grad(loss)(jnp.asarray(tensor)))


FRAMEWORK: Final = OfJax()
