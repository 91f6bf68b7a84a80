"""The choice of an implementation of `translate` reaches the backend: from each setting, and into a worker."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import pytest
from test_known_divergences import red_lines
from thinning import thinned

#: The law of the switch, in one precision.
CHECKS = """
import parity_suite.engine.checks as checks

_all = checks.enumerate_checks

def few(specs, files=(), pairs=()):
    return tuple(check for check in _all(specs, files, pairs) if (check.stage, check.law) == ("translate", "switch"))

checks.enumerate_checks = few
"""
ONLY = ("-m", "parity", "-k", "translate.switch and cpu-float32")
ONE_WORKER = ("-n", "1")


#: TensorFlow where XLA is the default, so that a switch that says no shows as well.
COMPILED = """
from parity_suite.ptychography.tensorflow import TensorFlow

class Compiled(TensorFlow):
    modes = ("xla", "graph", "eager")
    translation_switches = {"USE_XLA_TRANSLATE": {"0": "gather_graph", "1": "gather_xla"}}
"""


def _asked(stranger: Any, framework: str, *backends: str) -> Any:
    """A repository in which backends are asked which implementation ran."""
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"no {framework}")
    stranger.apart = True
    stranger.write("conftest.py", CHECKS)
    stranger.parity_test(*backends)
    return stranger


@pytest.fixture
def torch(stranger: Any) -> Any:
    return _asked(stranger, "torch", "parity_suite.ptychography.torch:Torch")


@pytest.fixture
def tensorflow(stranger: Any) -> Any:
    return _asked(stranger, "tensorflow", "parity_suite.ptychography.tensorflow:TensorFlow")


def _told(found: dict[str, Any]) -> tuple[str, str, str]:
    """The verdict, the implementation that was chosen, and the one that ran."""
    told = found["facts"]["translation"]
    return found["verdict"], told["chosen"], told["ran"]


def _translation(stranger: Any, *arguments: str) -> tuple[str, str, str]:
    (found,) = stranger.record(*ONLY, *arguments)["findings"]
    return _told(found)


@pytest.mark.parametrize("workers", thinned([((),), (ONE_WORKER,)], 2, ids=["here", "worker"]))
def test_the_option_reaches_the_backend_before_the_environment(
    torch: Any, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PARITY_TRANSLATION", "torch=nonsense")
    found = _translation(torch, "--parity-translation", "torch=grid_sample", *workers)
    assert found == ("ok", "grid_sample", "grid_sample")


@pytest.mark.parametrize("workers", thinned([((),), (ONE_WORKER,)], 2, ids=["here", "worker"]))
def test_the_environment_reaches_the_backend_before_the_ini_file(
    torch: Any, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    torch.write("pytest.ini", "[pytest]\nparity_translations = torch=nonsense\n")
    monkeypatch.setenv("PARITY_TRANSLATION", "other=gather_xla, torch=grid_sample")
    assert _translation(torch, *workers) == ("ok", "grid_sample", "grid_sample")


def test_the_ini_file_reaches_the_backend_of_a_worker(torch: Any) -> None:
    torch.write("pytest.ini", "[pytest]\nparity_translations =\n    other=gather_xla\n    torch=grid_sample\n")
    assert _translation(torch, *ONE_WORKER) == ("ok", "grid_sample", "grid_sample")


def test_a_choice_for_another_name_leaves_the_default(torch: Any) -> None:
    found = _translation(torch, "--parity-translation", "tensorflow=gather_xla")
    assert found == ("ok", "gather_eager", "gather_eager")


@pytest.mark.parametrize(
    ("value", "eager", "compiled"),
    thinned([("1", "gather_xla", "gather_xla"), ("0", "gather_eager", "gather_graph")], 2),
)
def test_the_fields_own_switch_reaches_a_worker(
    stranger: Any, monkeypatch: pytest.MonkeyPatch, value: str, eager: str, compiled: str
) -> None:
    stranger.write("compiled.py", COMPILED)
    _asked(stranger, "tensorflow", "parity_suite.ptychography.tensorflow:TensorFlow", "compiled:Compiled")
    monkeypatch.setenv("USE_XLA_TRANSLATE", value)
    found = {one["subject"]: _told(one) for one in stranger.record(*ONLY, *ONE_WORKER)["findings"]}
    assert found == {"tensorflow": ("ok", eager, eager), "compiled": ("ok", compiled, compiled)}


def test_the_setting_comes_before_the_fields_own_switch(tensorflow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USE_XLA_TRANSLATE", "1")
    found = _translation(tensorflow, "--parity-translation", "tensorflow=projective")
    assert found == ("ok", "projective", "projective")


def test_a_switch_that_says_neither_is_an_error_that_names_it(tensorflow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USE_XLA_TRANSLATE", "maybe")
    result = tensorflow.run(*ONLY, "-v")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["error: TensorFlow cannot be made: ValueError: USE_XLA_TRANSLATE: 'maybe' says *"])


@pytest.mark.parametrize("workers", thinned([((),), (ONE_WORKER,)], 2, ids=["here", "worker"]))
def test_an_unknown_implementation_is_an_error_that_names_it(torch: Any, workers: tuple[str, ...]) -> None:
    result = torch.run(*ONLY, "-v", "--parity-translation", "torch=bicubic", "--parity-report", "out", *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["error: Torch cannot be made: ValueError: translation: 'bicubic' is none of *"])
    assert "Traceback" not in result.stdout.str()
    (found,) = json.loads((torch.path / "out" / "record.json").read_text("utf-8"))["findings"]
    assert found["verdict"] == "error"
    assert "translation: 'bicubic' is none of gather_eager, grid_sample, gather_compiled" in found["reason"]


@pytest.mark.parametrize("given", ["grid_sample", "torch=", "=grid_sample", "="])
def test_what_is_not_of_the_form_is_a_usage_error(stranger: Any, given: str) -> None:
    result = stranger.run("-m", "parity", f"--parity-translation={given}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: parity_translation: '{given}' is not of the form BACKEND=NAME"])
    assert "collected" not in result.stdout.str()


def test_so_it_is_in_the_environment_and_in_the_ini_file(stranger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger.write("pytest.ini", "[pytest]\nparity_translations = torch\n")
    assert stranger.run("-m", "parity").ret == pytest.ExitCode.USAGE_ERROR
    monkeypatch.setenv("PARITY_TRANSLATION", "torch=grid_sample,gather_xla")
    result = stranger.run("-m", "parity")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: parity_translation: 'gather_xla' is not of the form BACKEND=NAME"])


def test_two_for_one_backend_are_a_usage_error_and_the_same_twice_is_none(stranger: Any) -> None:
    one, two = ("--parity-translation", "tiny=one"), ("--parity-translation", "tiny=two")
    result = stranger.run("-m", "parity", *one, *two)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: parity_translation: tiny is given both one and two"])
    result = stranger.run("-m", "parity", "-k", "energy", "-v", *one, *one)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["error: Tiny cannot be made: TypeError: *translation*"])


OTHER = "RED: parity_translation: no backend is called shfit, so shfit=xla chose nothing; there are tiny, unshifted"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--parity-translation", "shfit=xla"),
        ("--parity-translation=shfit=xla", "-n", "2"),
        ("--parity-translation", "shfit=xla", "-k", "energy", "test_parity.py"),
    ],
    ids=" ".join,
)
def test_a_choice_for_no_backend_is_red(stranger: Any, arguments: Any) -> None:
    stranger.parity_test("tiny:Tiny", "unshifted=tiny:Tiny")
    result = stranger.run("-m", "parity", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "failed" not in result.parseoutcomes()
    assert red_lines(result) == [OTHER]


def test_so_it_is_in_the_ini_file_of_a_run_that_has_all_backends(stranger: Any) -> None:
    stranger.parity_test("tiny:Tiny", "unshifted=tiny:Tiny")
    stranger.write("test_plain.py", "def test_plain(): pass\n")
    stranger.write("pytest.ini", "[pytest]\nparity_translations = shfit=xla\n")
    assert red_lines(stranger.run("-k", "energy")) == [OTHER]
    for arguments in (("test_parity.py",), ("--parity-backend", "tiny:Tiny"), ("test_plain.py",)):
        result = stranger.run(*arguments)
        assert (result.ret, red_lines(result)) == (0, []), arguments
