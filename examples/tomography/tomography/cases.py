"""The cases, and the inputs of each stage on them: no image that looks the same turned or mirrored."""

import numpy as np

from parity_suite import Case

CASES = (
    Case.of_sizes("n9.a4", B=3, N=9, A=4),
    Case.of_sizes("n12.a7", B=2, N=12, A=7),
    Case.of_sizes("n16.a5", B=9, N=16, A=5, slow=True),
)


def inputs(stage, case, rng):
    b, n, a = case.size("B"), case.size("N"), case.size("A")
    angles = np.sort(rng.uniform(0.1, np.pi, a))
    if stage == "project":
        return {"images": rng.normal(size=(b, n, n)) + np.linspace(0, 2, n), "angles": angles}
    return {"sinogram": rng.normal(size=(b, a, n)) + np.linspace(0, 2, n), "angles": angles}
