"""ptypy, EMD and tike become raw datasets: the same scan comes back out of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from layouts import Truth, write_emd, write_ptyd

from parity_suite.cli.main import main
from parity_suite.contracts import ContractError
from parity_suite.contracts.check import check_file
from parity_suite.contracts.limits import Limits
from parity_suite.ptychography.datasets.formats.emd import open_emd
from parity_suite.ptychography.datasets.formats.foreign_scan import ForeignScan
from parity_suite.ptychography.datasets.formats.ptyd import open_ptyd
from parity_suite.ptychography.datasets.formats.raw_writer import Choices, write_raw
from parity_suite.ptychography.datasets.formats.tike import open_tike


def brought(scan: ForeignScan, out: Path, **choices: Any) -> tuple[dict[str, Any], list[str]]:
    said = write_raw(scan, out, Choices(**choices), overwrite=True)
    assert check_file(out, "raw", role="writer").ok
    with np.load(out) as stored:
        return dict(stored), said


def places(found: dict[str, Any]) -> Any:
    return np.c_[found["xcoords"], found["ycoords"]]


def test_chunks_of_ptypy_come_in_the_order_of_their_numbers(tmp_path: Path, truth: Truth) -> None:
    scan = open_ptyd(write_ptyd(tmp_path / "a.ptyd", truth), Limits())
    found, said = brought(scan, tmp_path / "b.npz", guess_probe=True)
    np.testing.assert_allclose(found["diff3d"] ** 2, truth.counts, rtol=1e-6)
    np.testing.assert_allclose(places(found), truth.positions, atol=1e-4)
    assert said[1] == f"a pixel of the object: {truth.pixel_m:.6g} x {truth.pixel_m:.6g} m"
    assert "mask" not in found
    assert "left out: the numbers of the positions" in said


def test_a_pixel_without_weight_in_one_frame_did_not_measure(tmp_path: Path, truth: Truth) -> None:
    weights = np.ones_like(truth.counts[:20])
    weights[3, 8, 9] = 0
    scan = open_ptyd(write_ptyd(tmp_path / "a.ptyd", truth, **{"chunks/9/weights": weights}), Limits())
    found, _ = brought(scan, tmp_path / "b.npz", guess_probe=True)
    assert np.argwhere(~found["mask"]).tolist() == [[8, 9]]


PTYD: list[tuple[dict[str, Any], str]] = [
    ({"chunks/9/positions": None}, "chunks/9/positions: absent"),
    ({"chunks/9/positions": np.zeros((3, 2))}, "chunks/9/positions: float64 of shape"),
    ({"chunks/9/data": np.ones((20, 8, 8))}, r"patterns of \(8, 8\) and \(64, 64\) pixels"),
    ({"chunks/9/weights": np.ones((8, 8))}, "chunks/9/weights: shape"),
    ({"chunks/9/data": None, "chunks/10/data": None}, "chunks: none in the file itself"),
    ({"meta/distance": None}, "no meta/distance; --pixel-size"),
    ({"meta/center": np.array([32.0, 30.5])}, r"meta/center: zero frequency at \[32, 30.5\]"),
    ({"meta/energy": -1.0}, "meta/energy: positive"),
]


@pytest.mark.parametrize(("changes", "message"), PTYD, ids=[message[:30] for _, message in PTYD])
def test_what_ptypy_does_not_tell_is_refused(
    tmp_path: Path, truth: Truth, changes: dict[str, Any], message: str
) -> None:
    path = write_ptyd(tmp_path / "a.ptyd", truth, **changes)
    with pytest.raises(ValueError, match=message):
        write_raw(open_ptyd(path, Limits()), tmp_path / "b.npz", Choices(guess_probe=True))


def test_a_raster_of_emd_runs_along_its_rows(tmp_path: Path, truth: Truth) -> None:
    counts = truth.counts[:12].reshape(3, 4, 64, 64)
    # A pixel of 0.5 A: 1 / (64 pixels x 1/32 of an inverse A).
    scan = open_emd(write_emd(tmp_path / "a.emd", counts, 2.0, 1 / 32, ("A", "A^-1")), Limits())
    found, said = brought(scan, tmp_path / "b.npz", guess_probe=True)
    np.testing.assert_allclose(found["diff3d"] ** 2, truth.counts[:12], rtol=1e-6)
    np.testing.assert_allclose(found["xcoords"], np.tile([32, 36, 40, 44], 3))
    np.testing.assert_allclose(found["ycoords"], np.repeat([32, 36, 40], 4))
    assert said[1] == "a pixel of the object: 5e-11 x 5e-11 m"


@pytest.mark.parametrize(
    "inverse",
    [
        "A^-1",
        "1/A",
        "A-1",
        "A**-1",
        "A^(-1)",
        "\u00c5\u207b\u00b9",
        "1 / \u212b",
        "[1/angstrom]",
        "Angstrom^-1",
        "A\u22121",
    ],
)
def test_inverse_lengths_as_programs_spell_them(tmp_path: Path, truth: Truth, inverse: str) -> None:
    counts = truth.counts[:12].reshape(3, 4, 64, 64)
    (width, height) = open_emd(
        write_emd(tmp_path / "a.emd", counts, 2.0, 1 / 32, ("\u00c5", inverse)), Limits()
    ).pixel or (0, 0)
    assert (width, height) == pytest.approx((0.5e-10, 0.5e-10))


@pytest.mark.parametrize("unit", ["\u00b5m", "\u03bcm", "um", "micron", " um "])
def test_micrometres_as_programs_spell_them(tmp_path: Path, truth: Truth, unit: str) -> None:
    counts = truth.counts[:12].reshape(3, 4, 64, 64)
    scan = open_emd(write_emd(tmp_path / "a.emd", counts, 2.0, 1 / 32, (unit, "A^-1")), Limits())
    assert scan.positions.max(axis=0) == pytest.approx([6e-6, 4e-6])


@pytest.mark.parametrize(
    ("units", "message"),
    [(("pixels", "A^-1"), "dim0 and dim1: steps of 2 pixels"), (("A", "pixels"), "--pixel-size METRES says it")],
)
def test_pixels_are_no_length(tmp_path: Path, truth: Truth, units: tuple[str, str], message: str) -> None:
    path = write_emd(tmp_path / "a.emd", truth.counts[:12].reshape(3, 4, 64, 64), 2.0, 1 / 32, units)
    with pytest.raises(ValueError, match=message):
        write_raw(open_emd(path, Limits()), tmp_path / "b.npz", Choices(guess_probe=True))


def test_a_file_of_emd_without_a_scan_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.emd", "w") as file:
        file["root/image/data"] = np.ones((4, 4))
    with pytest.raises(ValueError, match="no array of four axes"):
        open_emd(tmp_path / "a.emd", Limits())


def write_tike(path: Path, truth: Truth, **changes: Any) -> Path:
    rows = {
        "data": np.fft.ifftshift(truth.counts, axes=(1, 2)),
        "scan": truth.positions[:, ::-1].astype(np.float32),
        "probe": truth.probe[None, None].astype(np.complex64),
        "psi": np.ones((9, 9), np.complex64),
    }
    np.savez(path, **{**rows, **changes})  # type: ignore[arg-type]
    return path


def test_the_corner_of_tike_is_the_middle_here(tmp_path: Path, truth: Truth) -> None:
    found, said = brought(open_tike(write_tike(tmp_path / "a.npz", truth), Limits()), tmp_path / "b.npz")
    np.testing.assert_allclose(found["diff3d"] ** 2, truth.counts, rtol=1e-6)
    np.testing.assert_allclose(places(found), truth.positions, atol=1e-4)
    np.testing.assert_allclose(found["probeGuess"], truth.probe, rtol=1e-5, atol=1e-5)
    assert said[-1] == "left out: the object"
    assert not any(name.startswith("product/") for name in found)


def test_older_tike_has_an_axis_of_views(tmp_path: Path, truth: Truth) -> None:
    with np.load(write_tike(tmp_path / "a.npz", truth)) as stored:
        old = {"data": stored["data"][None], "scan": np.rint(stored["scan"])[None].astype(np.int32)}
    found, said = brought(open_tike(write_tike(tmp_path / "c.npz", truth, **old), Limits()), tmp_path / "b.npz")
    np.testing.assert_allclose(found["diff3d"] ** 2, truth.counts, rtol=1e-6)
    assert np.array_equal(np.diff(places(found), axis=0), np.diff(np.rint(truth.positions), axis=0))
    assert "on a canvas of" in said[0]


def test_a_scan_of_another_length_is_refused(tmp_path: Path, truth: Truth) -> None:
    with pytest.raises(ValueError, match=r"scan: float64 of shape \(2, 2\)"):
        open_tike(write_tike(tmp_path / "a.npz", truth, scan=np.zeros((2, 2))), Limits())
    with pytest.raises(ContractError, match="data: dtype: found complex128"):
        open_tike(write_tike(tmp_path / "a.npz", truth, data=truth.counts * 1j), Limits())


def test_the_commands_are_the_ones_that_are_named(
    tmp_path: Path, truth: Truth, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = {
        "ptyd": write_ptyd(tmp_path / "a.ptyd", truth),
        "tike": write_tike(tmp_path / "t.npz", truth),
        "emd": write_emd(tmp_path / "e.emd", truth.counts[:12].reshape(3, 4, 64, 64), 2.0, 1 / 32, ("A", "A^-1")),
    }
    for name, path in sources.items():
        assert main(["check", str(path)]) == 1
        command = capsys.readouterr().out.splitlines()[-1].split()
        assert command[:3] == ["parity", "convert", f"{name}-to-raw"]
        assert main([*command[1:], "--guess-probe"]) == 0
        assert check_file(command[-1]).ok
        capsys.readouterr()
