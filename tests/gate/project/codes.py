"""The two code bases."""

import numpy as np
from signals import DOUBLE, STEP

from parity_suite import validate_inputs


class Loops:
    def __init__(self, *, device="cpu", precision="float32"):
        self.dtype = np.dtype(precision)

    def step(self, signals):
        validate_inputs(STEP, {"signals": signals})
        out = np.array(signals, self.dtype)
        for k in range(signals.shape[1] - 1, 0, -1):
            out[:, k] -= signals[:, k - 1]
        return out

    def double(self, signals):
        validate_inputs(DOUBLE, {"signals": signals})
        return np.array(signals + signals, self.dtype)


class Vectors:
    def __init__(self, *, device="cpu", precision="float32"):
        self.dtype = np.dtype(precision)

    def step(self, signals):
        validate_inputs(STEP, {"signals": signals})
        return np.diff(signals, axis=1, prepend=0).astype(self.dtype)

    def double(self, signals):
        validate_inputs(DOUBLE, {"signals": signals})
        return (2 * signals).astype(self.dtype)


def window(length):
    """What no second code base has: the weights of a window, of sum 1."""
    weights = np.arange(1.0, length + 1)
    return weights / weights.sum()
