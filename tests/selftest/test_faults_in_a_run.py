"""A fault in a backend that is named on the command line turns the whole run red and its stage is named."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FILE = """
from parity_suite import parity_checks

@parity_checks()
def test_parity(check):
    check.run()
"""


def run(folder: Path, fault: str, only: str, *arguments: str) -> tuple[int, str]:
    """Exit code and output of ``pytest -m parity`` on a faulty copy of the torch backend, called ``wrong``."""
    (folder / "test_parity.py").write_text(FILE, "utf-8")
    command = [sys.executable, "-m", "pytest", "-m", "parity", "-p", "no:cacheprovider", "-q", "-k", only, *arguments]
    command += ["--parity-backend", f"wrong=parity_suite.faults.specs:torch__{fault}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PARITY_", "PYTEST_"))}
    done = subprocess.run(
        command, cwd=folder, env=environment | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def red_stages(output: str) -> set[str]:
    """The stages that the verdict at the end of a run shows as red."""
    row = r"^wrong +(\w+) .*(?:numerical|semantic|contract|error): "
    return set(re.findall(row, output.partition("= parity =")[2] or output, re.MULTILINE))


def test_on_made_data(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    code, output = run(tmp_path, "offset_sign", "oracle and n15.g1.b3 and cpu-float32")
    assert code == 1, output
    assert red_stages(output) == {"translate"}, output


@pytest.mark.long
def test_on_measured_data(tmp_path: Path, star: Path) -> None:
    pytest.importorskip("torch")
    only = "siemens_star_128.g1 and (oracle or chain or residual) and cpu-float32"
    code, output = run(tmp_path, "probe_conjugated", only, "-vv", "--parity-dataset", str(star))
    assert code == 1, output
    assert red_stages(output) == {"illuminate"}, output
    assert "traced to the stage illuminate" in output


@pytest.mark.long
def test_the_right_backend_passes_the_same_run(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    only = "oracle and n15.g1.b3 and cpu-float32 and not (wrong and translate)"
    code, output = run(tmp_path, "offset_sign", only)
    assert code == 0, output
    assert red_stages(output) == set(), output
