"""What is outside of what a class declares, as a run tells it: counted, on one line, and lost where it ran."""

from __future__ import annotations

from typing import Any

import pytest

CLASS = "class Tiny:"


def _declare(stranger: Any, capabilities: str) -> None:
    text = (stranger.path / "tiny.py").read_text("utf-8")
    declared = (
        f"from parity_suite import Capabilities, Sizes\n\n{CLASS}\n    capabilities = Capabilities({capabilities})\n"
    )
    stranger.write("tiny.py", text.replace(CLASS, declared, 1))


def test_what_is_outside_is_counted_on_one_line(stranger: Any) -> None:
    _declare(stranger, "sizes={'diffract.N': 64, 'illuminate.B': Sizes(at_least=9)}")
    said = " ".join(stranger.run().stdout.str().split())
    assert said.count("outside what Tiny declares") == 1
    assert "not run 8: outside what Tiny declares: illuminate.B of at least 9, diffract.N 64 not run" in said


def test_a_precision_is_outside_without_a_word_of_the_class(stranger: Any) -> None:
    _declare(stranger, "precisions=('float32',)")
    result = stranger.run()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["not run *: outside what Tiny declares: float32"])


def test_what_ran_and_is_outside_now_is_lost(stranger: Any) -> None:
    assert stranger.run("--update-snapshots").ret == 0
    _declare(stranger, "sizes={'N': 64}")
    result = stranger.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    red = [line for line in result.outlines if line.startswith("RED: lost of ")]
    assert all(" 4 outside capability: " in line for line in red)
    assert len(red) == 2


def test_a_declaration_of_what_there_is_not_is_one_error(stranger: Any) -> None:
    _declare(stranger, "sizes={'difract.N': 64}")
    result = stranger.run("-v")
    assert result.parseoutcomes()["failed"] == 1
    (error,) = [line for line in result.outlines if line.startswith("error: ")]
    assert error.endswith(
        "declares what there is not: Misdeclared: capabilities: sizes names 'difract': is it diffract?"
    )


ADAPTED = """
import numpy as np
from parity_suite import Adapter, adapt

def far(psi):
    power = np.sum(np.abs(np.fft.fft2(psi, norm="ortho")) ** 2, axis=1)
    return np.sqrt(np.fft.fftshift(power, axes=(-2, -1))).astype(psi.real.dtype)

class Tiny(Adapter):
    diffract = adapt(far, psi="B P C N M", amplitude="B C {axes}")
"""


def test_an_adapted_function_is_asked_and_a_wrong_declaration_is_told(stranger: Any) -> None:
    stranger.write("tiny.py", ADAPTED.format(axes="N M"))
    assert stranger.run().ret == 0
    stranger.write("tiny.py", ADAPTED.format(axes="M N"))
    result = stranger.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    said = " ".join(result.stdout.str().split())
    assert "1. tiny diffract: declared otherwise than it is (" in said
    assert "a wrong declaration: psi declared as B P C N M, written as B P C M N" in said
