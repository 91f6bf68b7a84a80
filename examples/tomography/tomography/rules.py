"""What the suite cannot know of a stage by its fields."""

import numpy as np

from parity_suite import AnswerHypothesis, Kind, Rules
from tomography.oracle import Oracle


class Project(Rules):
    def terms(self, inputs):
        """At most all pixels fall into one bin."""
        return inputs["images"].shape[-1] ** 2

    def adjoint(self, name, inputs, y):
        return Oracle().backproject(y, np.asarray(inputs["angles"], float))

    def answer_hypotheses(self):
        yield AnswerHypothesis(Kind.NEAREST, "pixels fall into the nearest bin whole", _in_nearest_bin)


def _in_nearest_bin(inputs):
    images, angles = inputs["images"], np.asarray(inputs["angles"], float)
    n = images.shape[2]
    rows, columns = np.mgrid[:n, :n] - n // 2
    out = np.zeros((len(images), len(angles), n))
    for a, angle in enumerate(angles):
        bins = np.rint(columns * np.cos(angle) + rows * np.sin(angle)).astype(int) + n // 2
        for bin_ in range(n):
            out[:, a, bin_] = images[:, bins == bin_].sum(axis=1)
    return {"sinogram": out}


class Backproject(Rules):
    def terms(self, inputs):
        return 2 * len(inputs["angles"])

    def adjoint(self, name, inputs, y):
        return Oracle().project(y, np.asarray(inputs["angles"], float))
