"""A backend may be a module of a framework: what it has from there is no stage, nor need ``describe`` be ours."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.methods import own_method
from parity_suite.backends.subject import Subject
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.context import RunContext
from parity_suite.engine.environment import environment_of


class Network(torch.nn.Module):
    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        super().__init__()

    def diffract(self, psi: Any) -> Any:
        raise NotImplementedError

    def describe(self) -> str:
        return "a network"


class Taught(Network):
    def train(self, mode: bool = True) -> Taught:
        return self


@pytest.fixture
def spec(monkeypatch: pytest.MonkeyPatch) -> BackendSpec:
    home = ModuleType("home_of_network")
    home.Network = Network  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "home_of_network", home)
    return BackendSpec("network", "home_of_network", "Network")


def test_what_is_inherited_from_a_framework_is_no_method_of_a_backend() -> None:
    assert own_method(Network, "train") is None
    assert own_method(Network, "diffract") is Network.diffract
    assert own_method(Network, "nothing") is None
    # One that writes its own means it.
    assert own_method(Taught, "train") is Taught.train
    assert own_method(np.ndarray, "sum") is np.ndarray.sum


def test_a_module_neither_provides_nor_misnames_the_training_of_its_framework(spec: BackendSpec) -> None:
    subject = Subject(spec, RunContext())
    assert subject.provides("diffract")
    assert not subject.provides("train")
    with pytest.raises(NotProvided, match="Network does not define train"):
        subject.need("train")


@pytest.mark.parametrize("said", ["an instance's", "a text"])
def test_a_describe_that_is_another_method_is_told_and_ends_no_run(
    spec: BackendSpec, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if said == "a text":
        monkeypatch.setattr(Network, "describe", staticmethod(lambda: "a network"))
    (facts,) = environment_of(RunContext(), [spec]).values()
    assert "Network.describe is to be a class or static method that gives a mapping" in facts["error"]
