"""The same two functions in JAX: channels first, [row, col] in metres, complex as two channels."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.ndimage import map_coordinates

#: Metres; a power of two loses no digits.
PIXEL = 2.0**-24


def _one(image: Any, offset: Any) -> Any:
    """An image (H, W) with zeros around it, sampled between its pixels."""
    height, width = image.shape
    rows, columns = jnp.mgrid[:height, :width]
    places = [rows - offset[0], columns - offset[1]]
    # The library wraps a place far outside around.
    places = [jnp.clip(one, -2.0, side + 1.0) for one, side in zip(places, image.shape, strict=True)]
    return map_coordinates(image, places, order=1, mode="constant")


def shift(images: Any, offsets: Any) -> Any:
    """``images`` (B, C, H, W) moved by ``offsets`` (B, 2), [row, col] in metres: down and to the right."""
    of_group = jax.vmap(_one, in_axes=(0, None))
    return jax.vmap(of_group)(images, offsets / PIXEL).astype(images.dtype)


def far_field(psi: Any) -> Any:
    """Amplitudes (B, C, N, N) of waves ``psi`` (B, P, C, 2, N, N) of real and imaginary part."""
    far = jnp.fft.fftshift(jnp.fft.fft2(psi[:, :, :, 0] + 1j * psi[:, :, :, 1], norm="ortho"), axes=(-2, -1))
    power = jnp.sum(far.real**2 + far.imag**2, axis=1)
    lit = power > 0
    return jnp.where(lit, jnp.sqrt(jnp.where(lit, power, 1)), 0)
