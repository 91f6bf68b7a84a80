"""What the suite cannot know of a stage by its fields."""

import numpy as np

from parity_suite import Rules
from tomography.oracle import Oracle


class Project(Rules):
    def terms(self, inputs):
        """At most all pixels fall into one bin."""
        return inputs["images"].shape[-1] ** 2

    def adjoint(self, name, inputs, y):
        return Oracle().backproject(y, np.asarray(inputs["angles"], float))


class Backproject(Rules):
    def terms(self, inputs):
        return 2 * len(inputs["angles"])

    def adjoint(self, name, inputs, y):
        return Oracle().project(y, np.asarray(inputs["angles"], float))
