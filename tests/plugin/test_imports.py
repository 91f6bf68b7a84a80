"""Where there is no parity test the plugin imports nothing heavy."""

from __future__ import annotations

from typing import Any

import pytest

HEAVY = (
    "numpy",
    "torch",
    "tensorflow",
    "scipy",
    "skimage",
    "matplotlib",
    "safetensors",
    "hypothesis",
    "xdist",
    "syrupy",
)

CONFTEST = f"""
import sys

def pytest_unconfigure():
    print("loaded:", sorted(set(sys.modules) & set({HEAVY!r})))
"""


@pytest.mark.parametrize("parity_test", [False, True])
def test_heavy_modules(stranger: Any, monkeypatch: pytest.MonkeyPatch, parity_test: bool) -> None:
    stranger.apart = True
    stranger.write("conftest.py", CONFTEST)
    stranger.write("pytest.ini", "[pytest]\nparity_backends = tiny:Tiny\n")
    stranger.write("test_other.py", "def test_other(): pass\n")
    if not parity_test:
        (stranger.path / "test_parity.py").unlink()
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    result = stranger.run("-p", "parity_suite.plugin.hooks", "-s", "-k", "test_other", "-W", "error")
    assert result.ret == 0
    (line,) = [line for line in result.stdout.lines if line.startswith("loaded:")]
    if parity_test:
        assert "'numpy'" in line, "the measurement must see what is loaded"
    else:
        assert line == "loaded: []"
