"""A mistake of tomography's own, put in to prove that the checks see it."""

import numpy as np

from parity_suite import Fault, Kind


class CoarseAngles(Fault, stage="project", kind=Kind.PRECISION):
    """Keeps angles in half precision."""

    def answer(self, ask, given):
        angles = given["angles"]
        return ask({**given, "angles": angles.astype(np.float16).astype(angles.dtype)})
