"""A law of tomography's own."""

import numpy as np

from parity_suite import deviation, law, on_each_variant


@law(stages=("project",), cases="small")
@on_each_variant
def mass(subject, variant):
    """Every projection of an object inside the inscribed circle holds all of it."""
    images, n = variant.inputs["images"], variant.inputs["images"].shape[-1]
    rows, columns = np.mgrid[:n, :n] - n // 2
    inside = np.where(rows**2 + columns**2 < (n // 2 - 1) ** 2, images, images.dtype.type(0))
    found = subject("project", {**variant.inputs, "images": inside})["sinogram"].sum(axis=2, dtype=np.float64)
    whole = inside.sum(axis=(1, 2), dtype=np.float64)[:, None]
    size = float(np.abs(inside).sum(dtype=np.float64) / len(images))
    yield deviation("mass", found, np.broadcast_to(whole, found.shape), terms=n * n, magnitude=size)
