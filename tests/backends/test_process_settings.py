"""What somebody changes for the whole process is told by its name, and is as it was afterwards."""

from __future__ import annotations

import gc
import logging
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from parity_suite.backends.process_settings import changed_settings, lasting

#: What changes a setting, and what it is called.
CHANGES = (
    (lambda: np.seterr(under="raise"), "how NumPy takes errors"),
    (lambda: torch.set_default_dtype(torch.float64), "PyTorch's default dtype"),
    (lambda: torch.set_grad_enabled(False), "whether PyTorch keeps gradients"),
    (lambda: torch.set_num_threads(7), "the threads of PyTorch"),
    (lambda: torch.set_flush_denormal(True), "whether denormals are lost"),
    (lambda: torch._C._set_deterministic_algorithms(True, warn_only=False), "whether PyTorch is deterministic"),
    (lambda: torch.set_float32_matmul_precision("medium"), "the precision of PyTorch's products"),
    (lambda: torch.autograd.set_detect_anomaly(True), "whether PyTorch looks for anomalies"),
    (lambda: setattr(torch.backends.cudnn, "benchmark", True), "benchmark of cuDNN"),
    (lambda: np.set_printoptions(precision=3), "how NumPy prints"),
    (lambda: os.chdir("/"), "the working directory"),
    (lambda: warnings.simplefilter("ignore"), "the filters of warnings"),
    (lambda: logging.getLogger().setLevel(logging.ERROR), "the level of the root logger"),
    (lambda: logging.disable(logging.INFO), "the level below which nothing is logged"),
    (lambda: sys.path.insert(0, "/"), "where modules are looked for"),
    (lambda: torch.set_default_device("meta"), "PyTorch's default device"),
    (gc.disable, "whether garbage is collected"),
    (lambda: sys.setrecursionlimit(5000), "the recursion limit"),
)


def _now() -> tuple[object, ...]:
    denormal = (np.array([1e-40], np.float32) * np.float32(1))[0]
    exact = torch.are_deterministic_algorithms_enabled(), torch.get_float32_matmul_precision()
    others = torch.is_anomaly_enabled(), torch.backends.cudnn.benchmark, torch.is_grad_enabled()
    of_python = Path.cwd(), list(warnings.filters), logging.getLogger().level, gc.isenabled()
    of_python += list(sys.path), logging.root.manager.disable
    others += (torch.get_default_device(),)
    of_torch = torch.get_default_dtype(), torch.get_num_threads(), *exact, *others
    return np.geterr(), repr(np.get_printoptions()), sys.getrecursionlimit(), denormal, *of_torch, *of_python


@pytest.mark.parametrize(("change", "name"), CHANGES)
def test_a_change_is_told_and_taken_back(change: Callable[[], object], name: str) -> None:
    before = _now()
    with changed_settings() as changed:
        change()
    assert (changed, _now()) == ([name], before)


def test_a_change_that_was_made_before_is_told_too() -> None:
    before = np.geterr()
    with np.errstate(under="raise"):
        with changed_settings() as changed:
            np.seterr(under="raise")
        assert changed == ["how NumPy takes errors"]
        assert np.geterr()["under"] == "raise"
    assert np.geterr() == before


def test_what_is_left_alone_is_not_told() -> None:
    before = _now()
    with changed_settings() as changed:
        np.sqrt(np.ones(3))
    assert (changed, _now()) == ([], before)


def test_what_is_set_once_is_not_lasting() -> None:
    asked = iter([lambda: np.set_printoptions(precision=3), lambda: None, lambda: np.set_printoptions(precision=3)])

    def ask() -> None:
        next(asked)()  # type: ignore[no-untyped-call]

    with changed_settings() as changed:
        ask()
    assert changed == ["how NumPy prints"]
    assert lasting(changed, ask) == []
    assert lasting(changed, ask) == ["how NumPy prints"]


def _asked_of_environment(write: Callable[[], object]) -> list[str]:
    """What is told of a write that was made before, and is made again."""
    write()
    with changed_settings() as changed:
        write()
    return lasting(changed, write)


@pytest.mark.parametrize(
    "write",
    [
        lambda: os.environ.setdefault("PARITY_TRIED", "1"),
        lambda: os.environ.update(PARITY_TRIED="1"),
    ],
)
def test_a_variable_that_is_written_is_told_and_left(write: Callable[[], object]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARITY_TRIED", "of nobody")
        patch.delenv("PARITY_TRIED")
        assert _asked_of_environment(write) == ["the environment's PARITY_TRIED"]
        assert os.environ["PARITY_TRIED"] == "1"


def test_a_variable_that_is_taken_away_is_told() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.environ["PATH"])
        assert _asked_of_environment(lambda: os.environ.pop("PATH", None)) == ["the environment's PATH"]


def test_a_variable_that_somebody_else_has_set_is_not_told() -> None:
    def ask() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PARITY_TRIED", "for a while")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARITY_TRIED", "mine")
        with changed_settings() as changed:
            ask()
        assert lasting(changed, ask) == []
        assert lasting(changed, lambda: os.environ["PARITY_TRIED"]) == []
        assert os.environ["PARITY_TRIED"] == "mine"
