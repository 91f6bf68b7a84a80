"""A raw dataset becomes a CXI file that readers of the field, and ``cxi-to-raw``, read as the same scan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from layouts import DETECTOR_M, DISTANCE_M, WAVELENGTH_M, Truth, write_cxi

from parity_suite.cli.main import main
from parity_suite.contracts.limits import Limits
from parity_suite.ptychography.datasets.formats.cxi import open_cxi
from parity_suite.ptychography.datasets.formats.cxi_writer import CxiGeometry, raw_to_cxi
from parity_suite.ptychography.datasets.formats.raw_writer import Choices, write_raw

DETECTOR = "entry_1/instrument_1/detector_1"
GIVEN = CxiGeometry(4e-9, DISTANCE_M, 9918.7)


@pytest.fixture
def raw(tmp_path: Path, truth: Truth) -> Path:
    """Brought in from a CXI file whose mask leaves out two rows."""
    mask = np.zeros((truth.size, truth.size), np.uint32)
    mask[3:5] = 4
    write_raw(
        open_cxi(write_cxi(tmp_path / "first.cxi", truth, **{f"{DETECTOR}/mask": mask}), Limits()),
        tmp_path / "raw.npz",
        Choices(),
    )
    return tmp_path / "raw.npz"


def members(path: Path) -> dict[str, Any]:
    with np.load(path) as stored:
        return dict(stored)


def test_it_comes_back_as_it_was(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, back = raw.with_name("out.cxi"), raw.with_name("back.npz")
    assert main(["convert", "raw-to-cxi", str(raw), str(out)]) == 0
    assert "left out: the place of the canvas" in capsys.readouterr().out
    assert main(["convert", "cxi-to-raw", str(out), str(back)]) == 0
    before, after = members(raw), members(back)
    assert before.keys() == after.keys()
    for name in before:
        if before[name].dtype.kind in "fc":
            np.testing.assert_allclose(after[name], before[name], rtol=1e-6, atol=1e-9, err_msg=name)
        else:
            assert np.array_equal(after[name], before[name]), name


def test_what_readers_of_the_field_look_for_is_where_they_look(raw: Path, truth: Truth) -> None:
    out = raw.with_name("out.cxi")
    raw_to_cxi(raw, out, CxiGeometry())
    with h5py.File(out) as file:
        assert file["cxi_version"][()] == 160
        assert file["entry_1/data_1/data"] == file[f"{DETECTOR}/data"]
        # Whole counts, of roots in float32.
        counts = file[f"{DETECTOR}/data"][()]
        assert np.array_equal(counts, np.where(np.isin(np.arange(truth.size), (3, 4))[:, None], 0, truth.counts))
        assert set(np.unique(file[f"{DETECTOR}/mask"])) == {0, 1}
        assert file[f"{DETECTOR}/x_pixel_size"][()] == pytest.approx(DETECTOR_M, rel=1e-6)
        assert file["entry_1/instrument_1/source_1/wavelength"][()] == pytest.approx(WAVELENGTH_M, rel=1e-6)
        moved = file["entry_1/data_1/translation"][()]
        np.testing.assert_allclose(np.diff(moved[:, :2], axis=0), np.diff(truth.metres, axis=0), atol=1e-14)


def test_amplitudes_on_a_scale_of_their_own_become_counts(raw: Path, truth: Truth) -> None:
    arrays, size = members(raw), truth.size
    power = np.mean(np.sum(arrays["diff3d"].astype(float) ** 2, axis=(1, 2)))
    scale = size / 2 / np.sqrt(power)
    changes = {"diff3d": arrays["diff3d"] * scale, "domain": np.array("normalised"), "nphotons": np.array(power)}
    np.savez(raw, **{**arrays, **changes, "probeGuess": arrays["probeGuess"] * scale})
    out, back = raw.with_name("out.cxi"), raw.with_name("back.npz")
    raw_to_cxi(raw, out, CxiGeometry())
    write_raw(open_cxi(out, Limits()), back, Choices())
    for name in ("diff3d", "probeGuess"):
        np.testing.assert_allclose(members(back)[name], arrays[name], rtol=1e-5)


def test_what_a_file_cannot_carry_is_said(raw: Path) -> None:
    np.savez(raw, **{**members(raw), "objectGuess": np.ones((200, 200), complex), "notes": np.array(["a"])})
    said = raw_to_cxi(raw, raw.with_name("out.cxi"), CxiGeometry())
    assert [line for line in said if line.startswith("left out")][1:] == ["left out: objectGuess", "left out: notes"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (CxiGeometry(), r"--pixel-size METRES, .*, --probe-energy-eV EV: to be given"),
        (CxiGeometry(4e-9, 0.0, 8e3), "--detector-object-distance-m METRES: 0, and above 0 is wanted"),
        (CxiGeometry(4e-9, 1.0, float("nan")), "--probe-energy-eV EV: nan"),
    ],
)
def test_a_geometry_that_is_not_known_is_refused(raw: Path, given: CxiGeometry, message: str) -> None:
    np.savez(raw, **{name: array for name, array in members(raw).items() if not name.startswith("product/")})
    out = raw.with_name("out.cxi")
    with pytest.raises(ValueError, match=message):
        raw_to_cxi(raw, out, given)
    assert not out.exists()
    raw_to_cxi(raw, out, GIVEN)
    with pytest.raises(FileExistsError):
        raw_to_cxi(raw, out, GIVEN)
