"""Faults of what a network puts out, in training, in evaluation, or both: dead, flat, spiky or misscaled patches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Given
from parity_suite.ptychography.faults.model_fault import ModelFault


class _Spoilt(ModelFault):
    """Patches (B, N, N, C) that are not those of the model."""

    def spoil(self, patches: Array) -> Array:
        raise NotImplementedError


class _InTraining(_Spoilt):
    def train(self, ask: Ask, given: Given) -> Mapping[str, Array]:
        got = ask(given)
        return {**got, "patches": self.spoil(got["patches"]).astype(got["patches"].dtype)}


class _InInference(_Spoilt):
    def infer(self, ask: Ask, given: Given) -> Array:
        got: Array = ask(given)
        return np.asarray(self.spoil(got)).astype(got.dtype)


class _Zero(_Spoilt):
    def spoil(self, patches: Array) -> Array:
        return np.zeros_like(patches)


class _Dim(_Spoilt):
    def spoil(self, patches: Array) -> Array:
        return 1e-12 * patches


class _OnePixel(_Spoilt):
    def spoil(self, patches: Array) -> Array:
        out = np.zeros_like(patches)
        out[:, patches.shape[1] // 2, patches.shape[2] // 2] = 1
        return out


class _Flat(_Spoilt):
    def spoil(self, patches: Array) -> Array:
        return np.ones_like(patches)


class _NotANumber(_Spoilt):
    def spoil(self, patches: Array) -> Array:
        return np.full_like(patches, np.nan)


class _Thousandfold(_Spoilt):
    def spoil(self, patches: Array) -> Array:
        return 1000 * patches


class _Spiky(_Spoilt):
    def spoil(self, patches: Array) -> Array:
        out = np.ones_like(patches)
        out[:, patches.shape[1] // 2 + 1, patches.shape[2] // 2 - 1] = 3
        return out


class _Collapsed(_Spoilt):
    def spoil(self, patches: Array) -> Array:
        return np.broadcast_to(patches.mean(axis=(1, 2), keepdims=True), patches.shape).copy()


class _Alike(_Spoilt):
    def spoil(self, patches: Array) -> Array:
        one = patches.mean(axis=0, keepdims=True) if len(patches) else patches
        return np.broadcast_to(one, patches.shape).copy()


class TrainedPatchesZero(_Zero, _InTraining, stage="train", kind=Kind.ZERO, history=("F18",)):
    """Gives zeros for the patches of training, a baseline that nothing can be held to."""


class TrainedPatchesDim(_Dim, _InTraining, stage="train", kind=Kind.FACTOR, history=("F03",)):
    """Gives patches of training that are almost zero."""


class TrainedPatchesOnePixel(_OnePixel, _InTraining, stage="train", kind=Kind.CONSTANT, history=("F03",)):
    """Gives patches of training with one lit pixel."""


class TrainedPatchesFlat(_Flat, _InTraining, stage="train", kind=Kind.CONSTANT):
    """Gives patches of training that are one everywhere."""


class TrainedPatchesNan(_NotANumber, _InTraining, stage="train", kind=Kind.NAN):
    """Gives patches of training that are no numbers."""


class TrainedPatchesThousandfold(_Thousandfold, _InTraining, stage="train", kind=Kind.FACTOR, history=("F04",)):
    """Gives patches of training a thousand times too large."""


class TrainedPatchesSpiky(_Spiky, _InTraining, stage="train", kind=Kind.CONSTANT, history=("F03",)):
    """Gives patches of training with one spike on a flat background."""


class TrainedPatchesCollapsed(_Collapsed, _InTraining, stage="train", kind=Kind.CONSTANT):
    """Gives each patch of training as its own mean."""


class TrainedPatchesAlike(_Alike, _InTraining, stage="train", kind=Kind.REPEATED):
    """Gives every group the mean of the patches of training."""


class InferredZero(_Zero, _InInference, stage="infer", kind=Kind.ZERO, history=("F03",)):
    """Infers zeros from a model whose training was healthy."""


class InferredDim(_Dim, _InInference, stage="infer", kind=Kind.FACTOR, history=("F03",)):
    """Infers patches that are almost zero."""


class InferredOnePixel(_OnePixel, _InInference, stage="infer", kind=Kind.CONSTANT, history=("F03",)):
    """Infers patches with one lit pixel."""


class InferredFlat(_Flat, _InInference, stage="infer", kind=Kind.CONSTANT):
    """Infers patches that are one everywhere."""


class InferredNan(_NotANumber, _InInference, stage="infer", kind=Kind.NAN):
    """Infers patches that are no numbers."""


class InferredThousandfold(_Thousandfold, _InInference, stage="infer", kind=Kind.FACTOR, history=("F04",)):
    """Infers patches a thousand times too large."""


class InferredSpiky(_Spiky, _InInference, stage="infer", kind=Kind.CONSTANT, history=("F03",)):
    """Infers patches with one spike on a flat background."""


class InferredCollapsed(_Collapsed, _InInference, stage="infer", kind=Kind.CONSTANT):
    """Infers each patch as its own mean."""


class InferredAlike(_Alike, _InInference, stage="infer", kind=Kind.REPEATED):
    """Infers for every group the mean of the patches of its batch."""


class InferredConjugated(_InInference, stage="infer", kind=Kind.CONJUGATE):
    """Infers conjugated patches."""

    def spoil(self, patches: Array) -> Array:
        return np.conj(patches)


class TrainedPatchesZeroAtOne(_Zero, _InTraining, stage="train", kind=Kind.ZERO, history=("F05",)):
    """Gives zeros for the patches of training at gridsize 1."""

    sizes: ClassVar[Mapping[str, int]] = {"C": 1}

    def spoil(self, patches: Array) -> Array:
        return super().spoil(patches) if patches.shape[3] == 1 else patches


class InferredZeroAtOne(_Zero, _InInference, stage="infer", kind=Kind.ZERO, history=("F05",)):
    """Infers zeros at gridsize 1."""

    sizes: ClassVar[Mapping[str, int]] = {"C": 1}

    def spoil(self, patches: Array) -> Array:
        return super().spoil(patches) if patches.shape[3] == 1 else patches


class NothingLearned(ModelFault, stage="train", kind=Kind.FROZEN):
    """Computes the losses of training and moves nothing."""

    def train(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "settings": {**given["settings"], "learning_rate": 1e-30}})
