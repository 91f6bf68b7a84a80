"""Faults of the statistics of patches."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given, like


class SampleVariance(Fault, stage="stats", kind=Kind.DDOF, history=("F24",)):
    """Divides by n - 1."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        n = given["patches"].shape[1] ** 2
        grown = {"std": np.sqrt(n / (n - 1)), "var_zero_mean": n / (n - 1)}
        return {name: like(value * grown.get(name, 1.0), value) for name, value in got.items()}


class VarianceAboutBatchMean(Fault, stage="stats", kind=Kind.BATCH):
    """Takes the variance about the mean of the whole batch."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        if not len(given["patches"]):
            return got
        variance = np.mean((np.abs(given["patches"]) - got["mean"].mean()) ** 2, axis=(1, 2))
        return {**got, "std": like(np.sqrt(variance), got["std"]), "var_zero_mean": like(variance, got["std"])}


class VarianceOneFormula(Fault, stage="stats", kind=Kind.PRECISION):
    """Takes mean(x^2) - mean(x)^2 in single precision, which cancels where the mean is large."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        x = np.abs(given["patches"]).astype(np.float32)
        variance = np.maximum(np.mean(x * x, axis=(1, 2)) - np.mean(x, axis=(1, 2)) ** 2, 0)
        return {**got, "std": like(np.sqrt(variance), got["std"]), "var_zero_mean": like(variance, got["std"])}


class StatsOfRealPart(Fault, stage="stats", kind=Kind.MODULUS):
    """Takes the real part for the modulus."""

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask({**given, "patches": np.abs(given["patches"].real).astype(given["patches"].dtype)})


class StdIsVariance(Fault, stage="stats", kind=Kind.POWER):
    """Returns the variance for its root."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        return {**got, "std": got["var_zero_mean"].copy()}


class GuardWrittenOff(Fault, stage="stats", kind=Kind.ZERO, history=("F03", "F05")):
    """Reports no variance at gridsize 1."""

    def answer(self, ask: Ask, given: Given) -> Any:
        got = ask(given)
        if given["patches"].shape[3] > 1:
            return got
        return {**got, "std": np.zeros_like(got["std"]), "var_zero_mean": np.zeros_like(got["std"])}
