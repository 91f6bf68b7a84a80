"""What is wrong with a backend's class is told in one error each, and the rest of it is asked."""

from __future__ import annotations

from typing import Any

import pytest


def _change(stranger: Any, old: str, new: str) -> None:
    text = (stranger.path / "tiny.py").read_text("utf-8")
    assert old in text
    stranger.write("tiny.py", text.replace(old, new, 1))


def _errors(stranger: Any) -> list[str]:
    """The errors of a run, of which each is one test; what stands beside them ran."""
    result = stranger.run("-v")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    errors = [line for line in result.outlines if line.startswith("error: ")]
    assert result.parseoutcomes()["failed"] == len(errors)
    return errors


def test_a_method_that_is_nearly_called_like_a_stage(stranger: Any) -> None:
    _change(stranger, "def diffract(", "def difract(")
    said = "Tiny has a method difract and no diffract: call it diffract, or, if it is another, _difract"
    assert _errors(stranger) == [f"error: {said}"]
    result = stranger.run()
    result.stdout.fnmatch_lines(
        ["tiny     illuminate   4 *", "not run *: unavailable: Tiny has a method difract and *"]
    )


def test_an_argument_of_another_name(stranger: Any) -> None:
    _change(stranger, "def diffract(self, psi):", "def diffract(self, wave):\n        psi = wave")
    (said,) = _errors(stranger)
    assert said.startswith("error: Tiny.diffract takes no psi and takes wave, which it is not given: ")


def test_two_mistakes_are_two_errors(stranger: Any) -> None:
    _change(stranger, "def diffract(self, psi):", "def diffract(self, wave):\n        psi = wave")
    _change(stranger, "def illuminate(", "def iluminate(")
    assert len(_errors(stranger)) == 2


def test_the_line_of_the_mistake_is_in_the_record(stranger: Any) -> None:
    _change(stranger, "def diffract(", "def difract(")
    found = [one for one in stranger.record()["findings"] if one["verdict"] == "error"]
    assert [(one["raised"]["file"], one["raised"]["function"]) for one in found] == [("tiny.py", "Tiny.difract")]
    line = (stranger.path / "tiny.py").read_text("utf-8").splitlines()[found[0]["raised"]["line"] - 1]
    assert "def difract" in line


@pytest.mark.parametrize("framework", ["torch", "tensorflow"])
def test_a_framework_of_an_extra_is_missing(stranger: Any, framework: str) -> None:
    stranger.apart = True
    _change(stranger, "import numpy as np", f"import sys\nsys.modules['{framework}'] = None\nimport {framework}")
    (said,) = _errors(stranger)
    assert said.startswith("error: tiny:Tiny cannot be loaded: ModuleNotFoundError: ")
    assert said.endswith(": pip install 'parity-suite[cpu]'")
