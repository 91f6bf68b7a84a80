"""MATLAB files become raw datasets, of the variables that are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io
from layouts import Truth

from parity_suite.cli.main import main
from parity_suite.contracts.check import check_file
from parity_suite.contracts.limits import Limits
from parity_suite.ptychography.datasets.formats.mat import Variables, open_mat


def write(path: Path, truth: Truth, version: int) -> Path:
    """The arrays as MATLAB has them: (H, W, M), (M, 2) and (N, N, P)."""
    variables = {
        "dp": np.moveaxis(truth.counts, 0, 2),
        "pos": truth.metres,
        "probe": np.moveaxis(truth.probe, 0, 2),
    }
    if version == 5:
        scipy.io.savemat(path, variables, do_compression=True)
        return path
    with h5py.File(path, "w", userblock_size=512) as file:
        for name in ("dp", "pos"):
            file[name] = variables[name].T
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")
    return path


@pytest.mark.parametrize(("version", "probe"), [(5, ["--probe-name", "probe"]), (7, ["--guess-probe"])])
def test_the_scan_comes_back(
    tmp_path: Path, truth: Truth, version: int, probe: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = write(tmp_path / "a.mat", truth, version), tmp_path / "b.npz"
    assert main(["check", str(path)]) == 1
    told = capsys.readouterr().out.splitlines()[-1]
    assert told.startswith(f"  parity convert mat-to-raw {path} ")
    assert "--patterns NAME --positions NAME" in told
    named = ["--patterns", "dp", "--positions", "pos", "--pixel-size", str(truth.pixel_m)]
    assert main(["convert", "mat-to-raw", str(path), str(out), *named, *probe]) == 0
    assert "left out: all variables that were not named" in capsys.readouterr().out
    assert check_file(out, "raw", role="writer").ok
    with np.load(out) as found:
        np.testing.assert_allclose(found["diff3d"] ** 2, truth.counts, rtol=1e-6)
        np.testing.assert_allclose(np.c_[found["xcoords"], found["ycoords"]], truth.positions, atol=1e-4)
        if version == 5:
            np.testing.assert_allclose(found["probeGuess"], truth.probe)


REFUSED: list[tuple[Any, str]] = [
    (Variables("no", "pos"), "no: required: found no such variable among dp, pos, probe"),
    (Variables("dp", "dp"), "dp: uint16 of shape"),
    (Variables("probe", "pos"), "probe: dtype: found complex128"),
    (Variables("pos", "pos"), "pos: shape"),
]


@pytest.mark.parametrize(("variables", "message"), REFUSED, ids=[message[:20] for _, message in REFUSED])
def test_a_variable_that_is_another_thing_is_refused(
    tmp_path: Path, truth: Truth, variables: Variables, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        open_mat(write(tmp_path / "a.mat", truth, 5), Limits(), variables)
