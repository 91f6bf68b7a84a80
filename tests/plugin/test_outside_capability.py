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
