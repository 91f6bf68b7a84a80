"""CXI and NXcxi_ptycho become raw datasets: metres are pixels, intensities amplitudes, and what is lost is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from layouts import DETECTOR_M, DISTANCE_M, PLANCK_LIGHT, WAVELENGTH_M, Truth, write_cxi

from parity_suite.cli.main import main
from parity_suite.contracts import ContractError
from parity_suite.contracts.check import check_file
from parity_suite.contracts.limits import Limits
from parity_suite.ptychography.datasets import load_product, raw_to_product
from parity_suite.ptychography.datasets.formats.cxi import open_cxi
from parity_suite.ptychography.datasets.formats.raw_writer import Choices, write_raw

DETECTOR = "entry_1/instrument_1/detector_1"
SOURCE = "entry_1/instrument_1/source_1"
BASIS = np.array([[0, -DETECTOR_M, 0], [-DETECTOR_M, 0, 0]])


def brought(path: Path, **choices: Any) -> tuple[dict[str, Any], list[str]]:
    out = path.with_suffix(".npz")
    said = write_raw(open_cxi(path, Limits()), out, Choices(**choices), overwrite=True)
    assert check_file(out, "raw", role="writer").ok
    with np.load(out) as stored:
        return dict(stored), said


def test_a_scan_comes_back_as_it_was(tmp_path: Path, truth: Truth) -> None:
    found, said = brought(write_cxi(tmp_path / "a.cxi", truth))
    np.testing.assert_allclose(found["diff3d"] ** 2, truth.counts, rtol=1e-6)
    np.testing.assert_allclose(np.c_[found["xcoords"], found["ycoords"]], truth.positions, atol=1e-4)
    np.testing.assert_array_equal(found["probeGuess"], truth.probe)
    assert "mask" not in found
    assert f"{truth.pixel_m:.6g} x {truth.pixel_m:.6g} m" in said[1]


def test_the_trial_believes_it(tmp_path: Path, truth: Truth, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = write_cxi(tmp_path / "a.cxi", truth), tmp_path / "a.npz"
    assert main(["convert", "cxi-to-raw", str(source), str(out)]) == 0
    assert "probe: of the file" in capsys.readouterr().out
    assert main(["check", str(out)]) == 0
    assert f"trial of {out}: believed" in capsys.readouterr().out


def test_the_geometry_goes_on_into_a_product(tmp_path: Path, truth: Truth) -> None:
    path = write_cxi(tmp_path / "a.cxi", truth)
    found, _ = brought(path)
    members = {**found, "objectGuess": np.ones((200, 200), complex)}
    np.savez(tmp_path / "b.npz", **members)
    raw_to_product(tmp_path / "b.npz", tmp_path / "b.h5")
    fields = load_product(tmp_path / "b.h5").fields
    assert float(fields["object@pixel_width_m"]) == pytest.approx(truth.pixel_m)
    assert float(fields["@detector_object_distance_m"]) == DISTANCE_M
    assert float(fields["@probe_energy_eV"]) == pytest.approx(9918.7, rel=1e-4)


SAME: list[dict[str, Any]] = [
    {f"{SOURCE}/wavelength": None},
    {f"{DETECTOR}/y_pixel_size": None},
    {f"{DETECTOR}/basis_vectors": BASIS},
    {f"{DETECTOR}/basis_vectors": BASIS.T},
    {f"{DETECTOR}/distance": np.array([DISTANCE_M])},
    # Of a definition of NeXus: the energy of the machine beside that of the beam.
    {
        "entry_1/definition": "NXcxi_ptycho",
        f"{SOURCE}/wavelength": None,
        f"{SOURCE}/energy": 3e9,
        "entry_1/instrument_1/beam_1/energy": PLANCK_LIGHT / WAVELENGTH_M,
    },
]


@pytest.mark.parametrize("changes", SAME, ids=[next(iter(one)) for one in SAME])
def test_the_geometry_is_told_in_several_ways(tmp_path: Path, truth: Truth, changes: dict[str, Any]) -> None:
    found, said = brought(write_cxi(tmp_path / "a.cxi", truth, **changes))
    np.testing.assert_allclose(np.c_[found["xcoords"], found["ycoords"]], truth.positions, atol=1e-4)
    assert f"{truth.pixel_m:.6g} x {truth.pixel_m:.6g} m" in said[1]


@pytest.mark.parametrize(("unit", "joules"), [("J", 1.0), ("eV", 1.602176634e-19), ("keV", 1.602176634e-16)])
def test_the_energy_of_the_beam_has_a_unit(tmp_path: Path, truth: Truth, unit: str, joules: float) -> None:
    energy = {f"{SOURCE}/wavelength": None, "entry_1/instrument_1/beam_1/energy": PLANCK_LIGHT / WAVELENGTH_M / joules}
    path = write_cxi(tmp_path / "a.cxi", truth, **energy)
    with h5py.File(path, "a") as file:
        file["entry_1/instrument_1/beam_1/energy"].attrs["units"] = unit
    assert f"{truth.pixel_m:.6g} x {truth.pixel_m:.6g} m" in brought(path)[1][1]


def test_a_raster_of_patterns_is_read_along_its_rows(tmp_path: Path, truth: Truth) -> None:
    count, size = 2 * (len(truth.counts) // 2), truth.size
    changes = {
        f"{DETECTOR}/data": truth.counts[:count].reshape(2, -1, size, size),
        "entry_1/sample_1/geometry_1/translation": np.c_[truth.metres, np.zeros(len(truth.metres))][:count],
    }
    found, _ = brought(write_cxi(tmp_path / "a.cxi", truth, **changes))
    np.testing.assert_allclose(found["diff3d"] ** 2, truth.counts[:count], rtol=1e-6)


def test_the_first_image_is_the_probe_in_files_of_ptychodus_alone(tmp_path: Path, truth: Truth) -> None:
    changes = {f"{SOURCE}/illumination": None, "entry_1/image_1/data": truth.probe[None]}
    with pytest.raises(ValueError, match="no probe"):
        brought(write_cxi(tmp_path / "a.cxi", truth, **changes))
    with pytest.raises(ValueError, match="no probe"):
        brought(write_cxi(tmp_path / "a.cxi", truth, **{f"{SOURCE}/illumination": None, "entry_1/image_1/data": [1.0]}))
    mine = {**changes, "entry_1/ptychodus/probe_pixel_width_m": truth.pixel_m}
    found, _ = brought(write_cxi(tmp_path / "a.cxi", truth, **mine))
    np.testing.assert_array_equal(found["probeGuess"], truth.probe)


def test_the_detector_says_which_way_is_right(tmp_path: Path, truth: Truth) -> None:
    turned = np.array([[-DETECTOR_M, 0, 0], [0, DETECTOR_M, 0]])
    found, _ = brought(write_cxi(tmp_path / "a.cxi", truth, **{f"{DETECTOR}/basis_vectors": turned}))
    # A column is a step to +y and a row one to -x, so the probe of a sample at [x, y] lies at [-y, x].
    wanted = np.c_[-truth.metres[:, 1], truth.metres[:, 0]] / truth.pixel_m
    wanted += truth.size / 2 - wanted.min(axis=0)
    np.testing.assert_allclose(np.c_[found["xcoords"], found["ycoords"]], wanted, atol=1e-4)


def test_a_mask_leaves_out_what_did_not_measure(tmp_path: Path, truth: Truth) -> None:
    mask = np.zeros((truth.size, truth.size), np.uint32)
    mask[3, 5], mask[7, 7] = 1, 0x1000
    counts = truth.counts.astype(np.float32)
    counts[:, 3, 5] = np.nan
    found, said = brought(
        write_cxi(tmp_path / "a.cxi", truth, **{f"{DETECTOR}/mask": mask, f"{DETECTOR}/data": counts})
    )
    assert np.argwhere(~found["mask"]).tolist() == [[3, 5]]
    assert not found["diff3d"][:, 3, 5].any()
    assert "mask: 1 pixels did not measure" in said[3]


def test_what_is_lost_is_said(tmp_path: Path, truth: Truth) -> None:
    dark = {f"{DETECTOR}/data_dark": np.ones((truth.size, truth.size)), "entry_2/instrument_1/detector_1/data": [1]}
    _, said = brought(write_cxi(tmp_path / "a.cxi", truth, **dark))
    assert said[-2:] == ["left out: dark frames, which are not taken off", "left out: further entries"]


def test_values_below_zero_are_said(tmp_path: Path, truth: Truth) -> None:
    counts = truth.counts.astype(np.int32)
    counts[1, 2, 3] = -4
    found, said = brought(write_cxi(tmp_path / "a.cxi", truth, **{f"{DETECTOR}/data": counts}))
    assert found["diff3d"][1, 2, 3] == 0
    assert said[-1] == "1 values below zero are 0"


def test_the_middle_of_a_pattern_has_larger_pixels(tmp_path: Path, truth: Truth) -> None:
    wide = np.pad(truth.counts, ((0, 0), (10, 14), (20, 20)))
    rows, columns = wide.shape[1:]
    wide = np.roll(wide, (rows // 2 - 42, columns // 2 - 52), axis=(1, 2))
    changes = {f"{DETECTOR}/data": wide, f"{SOURCE}/illumination": None}
    path = write_cxi(tmp_path / "a.cxi", truth, **changes)
    found, said = brought(path, size=64, guess_probe=True)
    np.testing.assert_allclose(found["diff3d"] ** 2, truth.counts, rtol=1e-6)
    np.testing.assert_allclose(np.c_[found["xcoords"], found["ycoords"]], truth.positions, atol=1e-4)
    far = np.abs(np.fft.fftshift(np.fft.fft2(found["probeGuess"][0], norm="ortho")))
    np.testing.assert_allclose(far**2, truth.counts.mean(axis=0), atol=1e-9)
    assert "probe: a guess" in said[2]


def test_the_probe_of_the_middle_is_the_middle_of_its_far_field(tmp_path: Path, truth: Truth) -> None:
    wide = np.pad(truth.counts, ((0, 0), (32, 32), (32, 32)))
    far = np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(truth.probe, axes=(1, 2)), norm="ortho"), axes=(1, 2))
    far = np.fft.ifftshift(np.pad(far, ((0, 0), (32, 32), (32, 32))), axes=(1, 2))
    probe = np.fft.fftshift(np.fft.ifft2(far, norm="ortho"), axes=(1, 2))
    path = write_cxi(tmp_path / "a.cxi", truth, **{f"{DETECTOR}/data": wide, f"{SOURCE}/illumination": probe})
    np.testing.assert_allclose(brought(path, size=64)[0]["probeGuess"], truth.probe, atol=1e-9)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({f"{SOURCE}/illumination": None}, "no probe; --probe FILE has one"),
    ({f"{DETECTOR}/distance": None}, f"no {DETECTOR}/distance; --pixel-size"),
    ({f"{SOURCE}/wavelength": None, f"{SOURCE}/energy": 9000.0}, "is of no light; CXI has the energy in joules"),
    (
        {f"{DETECTOR}/basis_vectors": np.array([*BASIS[:, :2].T, [DETECTOR_M / 9] * 2]).T},
        "not perpendicular to the beam",
    ),
    ({"entry_1/sample_1/geometry_1/translation": np.zeros((2, 3))}, "2 translations for"),
    ({"entry_1/sample_1/geometry_1/translation": None}, "translation: required"),
    ({"entry_1/sample_1/geometry_1/translation": np.full((2, 3), np.nan)}, "translation: finite"),
    ({f"{DETECTOR}/mask": np.zeros((3, 3), int)}, r"mask: shape: found \(3, 3\)"),
    ({f"{DETECTOR}/mask": np.ones((64, 64), bool)}, "the mask leaves out all of .* 0 is for a pixel that measured"),
    ({f"{DETECTOR}/data": np.ones((4, 64, 64), complex)}, "data: dtype: found complex128"),
    ({f"{DETECTOR}/data": np.ones((64, 64))}, r"data: shape: found \(64, 64\)"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[message[:30] for _, message in REFUSED])
def test_what_cannot_be_told_is_refused(tmp_path: Path, truth: Truth, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        brought(write_cxi(tmp_path / "a.cxi", truth, **changes))
    assert not (tmp_path / "a.npz").exists()


def test_no_pixels_are_no_size(tmp_path: Path, truth: Truth) -> None:
    with pytest.raises(ValueError, match="--size 0 of patterns of 64 x 64"):
        brought(write_cxi(tmp_path / "a.cxi", truth), size=0)


def test_a_value_that_is_no_number_is_refused_by_its_frame(tmp_path: Path, truth: Truth) -> None:
    counts = truth.counts.astype(np.float32)
    counts[2, 0, 0] = np.nan
    with pytest.raises(ContractError, match=r"patterns: finite: .* at \[2\]"):
        brought(write_cxi(tmp_path / "a.cxi", truth, **{f"{DETECTOR}/data": counts}))
    assert not (tmp_path / "a.npz").exists()


def test_patterns_in_another_file_are_not_followed(tmp_path: Path, truth: Truth) -> None:
    path = write_cxi(tmp_path / "a.cxi", truth, **{f"{DETECTOR}/data": None})
    with h5py.File(path, "a") as file:
        file[f"{DETECTOR}/data"] = h5py.ExternalLink("elsewhere.h5", "/data")
    with pytest.raises(ContractError, match=r"an external link to 'elsewhere\.h5'"):
        brought(path)
