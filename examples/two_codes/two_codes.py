"""One function that exists twice, and no third opinion: a centred moving mean, in plain NumPy and by a convolution."""

import numpy as np

from parity_suite import Case, Field, Pack, Stage, validate_inputs

SMOOTH = Stage(
    "smooth",
    inputs=(Field("signals", "real", ("B", "N")), Field("width", "integer")),
    outputs=(Field("smoothed", "real", ("B", "N")),),
    doc="The mean over `width` samples around each one, zero outside.",
    items="B",
    linear_in=("signals",),
)
PACK = Pack("two_codes", stages=(SMOOTH,), cases="two_codes")
CASES = (Case.of_sizes("n9.w3", B=3, N=9, W=3), Case.of_sizes("n20.w5", B=4, N=20, W=5))


def inputs(stage, case, rng):
    signals = rng.normal(size=(case.size("B"), case.size("N"))) + np.linspace(0, 3, case.size("N"))
    return {"signals": signals, "width": case.size("W")}


class First:
    """A loop over the samples of the window."""

    def __init__(self, *, device="cpu", precision="float32"):
        self.dtype = np.dtype(precision)

    def smooth(self, signals, width):
        validate_inputs(SMOOTH, {"signals": signals, "width": width})
        reach, n = width // 2, signals.shape[1]
        padded = np.pad(signals, ((0, 0), (reach, reach)))
        out = np.zeros(signals.shape, self.dtype)
        for shift in range(width):
            out += padded[:, shift : shift + n]
        return out / self.dtype.type(width)


class Second:
    """A convolution of each signal."""

    def __init__(self, *, device="cpu", precision="float32"):
        self.dtype = np.dtype(precision)

    def smooth(self, signals, width):
        validate_inputs(SMOOTH, {"signals": signals, "width": width})
        window = np.full(width, 1 / width, self.dtype)
        out = np.empty(signals.shape, self.dtype)
        for row, signal in enumerate(signals):
            out[row] = np.convolve(signal, window, "full")[width // 2 : width // 2 + len(signal)]
        return out
