"""A machine whose arithmetic is off is named, once, instead of failing every check."""

from __future__ import annotations

import re
from typing import Any

import pytest

EXP = """
calls = {"exp": 0}

class Machine(Tiny):
    def primitive(self, name, *arrays):
        if name == "double":
            return arrays[0] * 2
        if name == "fft2":
            return np.fft.fft2(arrays[0])
        if name == "matmul":
            return arrays[0] @ arrays[1]
        if name == "conv2d":
            windows = np.lib.stride_tricks.sliding_window_view(arrays[0], arrays[1].shape)
            return np.einsum("ijkl,kl->ij", windows, arrays[1])
        calls[name] = calls.get(name, 0) + 1
        return getattr(np, name)(arrays[0]) * (1 + 3e-4 * (name == "exp" and OFF(calls[name])))
"""


@pytest.fixture
def machine(stranger: Any) -> Any:
    stranger.parity_test("tiny:Machine")
    return stranger


def _add(machine: Any, off: str) -> None:
    with (machine.path / "tiny.py").open("a") as file:
        file.write(EXP.replace("OFF(calls[name])", off))


def test_a_function_that_stays_off_is_one_error_and_stops_the_rest(machine: Any) -> None:
    _add(machine, "True")
    result = machine.run("-m", "parity", "-k", "cpu-float32", "-v")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    outcome = result.parseoutcomes()
    assert outcome["failed"] == 1, "one error for the machine, not one a check"
    assert "passed" not in outcome
    result.stdout.fnmatch_lines(
        [
            "error: *the arithmetic of this machine is off: exp in float32 is off by *",
            "RED: backend machine ran nothing",
        ]
    )
    # Where a line ends depends on the digits.
    said = " ".join(result.stdout.str().split())
    assert re.search(r"not run +6: \S.*?the arithmetic of this machine is off: exp in float32 is off by ", said)


def test_a_function_that_is_off_in_its_first_call_only_is_said_and_green(machine: Any) -> None:
    _add(machine, "calls[name] == 1")
    result = machine.run("-m", "parity", "-k", "cpu-float32")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["preflight: machine: exp in float32 is off by 0.0003 in its first call*"])
