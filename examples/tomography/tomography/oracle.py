"""The oracle: slow, plain, one pixel at a time."""

import math

import numpy as np


class Oracle:
    def __init__(self, precision="float64"):
        self.dtype = np.dtype(precision)

    def project(self, images, angles):
        out = np.zeros((len(images), len(angles), images.shape[2]), self.dtype)
        for a, row, column, bin_, share in _shares(angles, images.shape[2]):
            out[:, a, bin_] += share * images[:, row, column]
        return out

    def backproject(self, sinogram, angles):
        n = sinogram.shape[2]
        out = np.zeros((len(sinogram), n, n), self.dtype)
        for a, row, column, bin_, share in _shares(angles, n):
            out[:, row, column] += share * sinogram[:, a, bin_]
        return out


def _shares(angles, n):
    """Which share of a pixel lies in which bin, for every angle and pixel; what lies outside is lost."""
    middle = n // 2
    for a, angle in enumerate(angles):
        for row in range(n):
            for column in range(n):
                place = (column - middle) * math.cos(angle) + (row - middle) * math.sin(angle) + middle
                low = math.floor(place)
                for bin_, share in ((low, 1 - (place - low)), (low + 1, place - low)):
                    if 0 <= bin_ < n:
                        yield a, row, column, bin_, share
