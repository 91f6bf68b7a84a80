"""The example of a pack, in a folder of its own: right, wrong on purpose, replayed, and killed by the selftest."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from stranger import EXAMPLES, OF_ANY_STAGE, called, copied
from thinning import thinned

WRONG = """
import numpy as np
from tomography.numpy_backend import NumPy

class Negated(NumPy):
    def project(self, images, angles):
        return super().project(images, angles * -1.0 if angles.dtype.kind == "f" else angles)

class Mean(NumPy):
    def project(self, images, angles):
        return super().project(images, angles) / images.shape[1]

class Nearest(NumPy):
    def project(self, images, angles):
        right, n = super().project(images, angles), images.shape[2]
        grid = np.arange(n) - n // 2
        out = np.zeros_like(right)
        for a, angle in enumerate(angles):
            places = np.round(grid * np.cos(float(angle)) + grid[:, None] * np.sin(float(angle))) + n // 2
            for bin_ in range(n):
                out[:, a, bin_] = (images * (places == bin_)).sum(axis=(1, 2))
        return out
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = copied("tomography", tmp_path_factory.mktemp("stranger"))
    (place / "wrong.py").write_text(WRONG)
    return place


def test_it_is_small() -> None:
    assert sum(len(path.read_text("utf-8").splitlines()) for path in (EXAMPLES / "tomography").rglob("*.py")) <= 300


@pytest.mark.long
def test_two_right_backends_are_green(place: Path) -> None:
    done = called(place, "pytest", "-m", "parity", "-q", "--parity-report", "report")
    assert done.returncode == 0, done.stdout
    record = json.loads((place / "report" / "record.json").read_text("utf-8"))
    ran = {(one["stage"], one["law"]) for one in record["findings"] if one["verdict"] == "ok"}
    own = ("oracle", "linearity", "adjoint", "batch_invariance", "equivariance", "statelessness", "refusal", "pair")
    assert ran == {(stage, law) for stage in ("project", "backproject") for law in {*own, *OF_ANY_STAGE}} | {
        ("project", "mass")
    }
    assert "budgets: nothing was measured of backproject, project: 8 eps sqrt(terms) is" in done.stdout
    assert "diffract" not in done.stdout, "nothing of another field is asked"


@pytest.mark.parametrize(
    ("wrong", "named"),
    thinned(
        [("Negated", "opposite sign"), ("Mean", "off by a constant factor"), ("Nearest", "rounded to whole pixels")], 3
    ),
)
def test_a_wrong_one_is_red_named_and_replayed(place: Path, wrong: str, named: str) -> None:
    done = called(
        place, "pytest", "-m", "parity", "-q", "--parity-backend", f"wrong:{wrong}", "--parity-report", f"report{wrong}"
    )
    assert done.returncode == 1, done.stdout
    assert re.search(rf"1\. {wrong.lower()} project: {named} \(\d+ checks\)", done.stdout), "one name for all of them"
    assert "\n2. " not in done.stdout, "one mistake is one cause"
    command = next(line for line in done.stdout.splitlines() if line.strip().startswith("parity replay")).split()
    again = called(place, "parity_suite.cli.main", *command[1:])
    assert again.returncode == 1, again.stderr
    assert "same as recorded" in again.stdout


@pytest.mark.long
def test_the_selftest_kills_what_any_stage_and_this_one_can_have(place: Path) -> None:
    done = called(
        place,
        "parity_suite.cli.main",
        *("selftest", "--pack", "tomography.pack:PACK", "--backend", "tomography.numpy_backend:NumPy", "-n", "1"),
        *("project", "backproject"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "numpy: 33 faults: 33 killed, 0 survived" in done.stdout
    assert "coarse_angles" in done.stdout
    assert "project_angles_negated" in done.stdout
