"""The loader: what a good file becomes, and what happens to a file that cannot be read at all."""

from __future__ import annotations

import io
import logging
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.contracts import ContractError
from parity_suite.ptychography.datasets.raw_file import load_raw

Data = dict[str, Any]
Save = Callable[..., Path]


def refusal(path: Path) -> str:
    with pytest.raises(ContractError) as caught:
        load_raw(path)
    head, line = str(caught.value).splitlines()
    assert str(path) in head
    return line.strip()


def test_a_good_file_becomes_a_dataset_with_the_contract_s_axes(clean: Data, save: Save) -> None:
    dataset = load_raw(save(clean, "Star #2 (Fe).npz"))
    assert dataset.name == "star__2__fe_"
    assert (dataset.domain, dataset.gridsize) == ("counts", 1)
    assert dataset.nphotons == pytest.approx((clean["diff3d"].astype(float) ** 2).sum() / 5, rel=1e-12)
    np.testing.assert_array_equal(dataset.positions[:, 0], clean["xcoords"])
    np.testing.assert_array_equal(dataset.positions[:, 1], clean["ycoords"])
    np.testing.assert_array_equal(dataset.diff3d, clean["diff3d"])
    np.testing.assert_array_equal(dataset.probe, clean["probeGuess"])
    np.testing.assert_array_equal(dataset.object, clean["objectGuess"])
    assert (dataset.probe.dtype, dataset.object.dtype) == (np.complex128, np.complex128)
    assert dataset.positions.dtype == np.float64


def test_only_the_required_fields_are_required(clean: Data, save: Save) -> None:
    required = {name: clean[name] for name in ("xcoords", "ycoords", "diff3d")}
    dataset = load_raw(save({**required, "probeGuess": clean["probeGuess"][0]}))
    assert dataset.object is None
    np.testing.assert_array_equal(dataset.probe, clean["probeGuess"][:1])


def test_members_that_the_contract_does_not_list_are_never_read(clean: Data, save: Save) -> None:
    assert load_raw(save({**clean, "comment": np.array({"by": "hand"}, dtype=object)})).domain == "counts"


def test_the_default_domain_is_used_and_said(clean: Data, save: Save, caplog: Any) -> None:
    with caplog.at_level(logging.INFO, logger="parity_suite"):
        load_raw(save(clean, "named.npz"))
        assert caplog.messages == []
        del clean["domain"]
        assert load_raw(save(clean)).domain == "counts"
    (message,) = caplog.messages
    assert "scan.npz: no domain given, taken to be 'counts'" in message


def test_a_normalised_file_says_how_many_photons(clean: Data, save: Save) -> None:
    power = (clean["diff3d"].astype(float) ** 2).sum((1, 2)).mean()
    clean.update(domain="normalised", nphotons=123456, diff3d=clean["diff3d"] * (32 / np.sqrt(power)))
    dataset = load_raw(save(clean))
    assert (dataset.domain, dataset.nphotons) == ("normalised", 123456.0)


def test_photons_given_in_the_counts_domain_must_agree_and_are_measured(clean: Data, save: Save) -> None:
    measured = float((clean["diff3d"].astype(float) ** 2).sum() / 5)
    assert load_raw(save({**clean, "nphotons": measured * 1.009})).nphotons == pytest.approx(measured, rel=1e-12)
    assert refusal(save({**clean, "nphotons": measured * 1.011})).startswith("nphotons: photons_measured:")


def with_diffraction(clean: Data, domain: str, values: Any) -> Data:
    """The scan as a writer leaves it that keeps the contract of the intensity scale."""
    left = {name: value for name, value in clean.items() if name not in ("diff3d", "domain")}
    return {**left, "diffraction": values, "measurement_domain": domain, "scale_contract_version": 1}


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
def test_photon_counts_become_amplitudes(dtype: str, clean: Data, save: Save, caplog: Any) -> None:
    counts = np.rint(clean["diff3d"].astype(float) ** 2).astype(dtype)
    with caplog.at_level(logging.INFO, logger="parity_suite"):
        dataset = load_raw(save(with_diffraction(clean, "count_intensity", counts)))
    # The domain is known, and nothing is taken to be anything.
    assert caplog.messages == []
    assert dataset.domain == "counts"
    assert dataset.diff3d.dtype == np.float64
    np.testing.assert_array_equal(dataset.diff3d, np.sqrt(counts.astype(float)))
    assert dataset.nphotons == pytest.approx(counts.sum(dtype=float) / 5, rel=1e-12)


def normalized_amplitudes(clean: Data) -> Any:
    amplitude = clean["diff3d"].astype(float)
    return amplitude * (32 / np.sqrt((amplitude**2).sum((1, 2)).mean()))


def test_normalized_amplitudes_stay_as_they_are(clean: Data, save: Save) -> None:
    amplitude = normalized_amplitudes(clean)
    data = with_diffraction(clean, "normalized_amplitude", amplitude)
    dataset = load_raw(save({**data, "nphotons": 123456}))
    assert (dataset.domain, dataset.nphotons) == ("normalised", 123456.0)
    np.testing.assert_array_equal(dataset.diff3d, amplitude)
    assert refusal(save(data)) == (
        "nphotons: needs: found measurement_domain without nphotons, "
        "wanted what measurement_domain needs to be understood"
    )


def test_counts_that_are_amplitudes_and_the_other_way_round(clean: Data, save: Save) -> None:
    amplitude = normalized_amplitudes(clean)
    assert refusal(save(with_diffraction(clean, "count_intensity", amplitude))).startswith("diffraction: whole_counts:")
    counts = with_diffraction(clean, "normalized_amplitude", np.rint(clean["diff3d"] ** 2))
    assert refusal(save({**counts, "nphotons": 1e6})).startswith("diffraction: normalised_power:")


def test_both_names_of_the_domain_must_agree(clean: Data, save: Save) -> None:
    data = with_diffraction(clean, "count_intensity", np.rint(clean["diff3d"] ** 2))
    assert load_raw(save({**data, "domain": "counts"})).domain == "counts"
    assert refusal(save({**data, "nphotons": 1e6})).startswith("nphotons: photons_counted: found 1e+06, wanted ")
    photons = float(data["diffraction"].sum() / len(data["diffraction"]))
    assert refusal(save({**data, "domain": "normalised", "nphotons": photons})) == (
        "measurement_domain: corresponds: found 'count_intensity', "
        "wanted 'normalized_amplitude', since domain is 'normalised'"
    )


@pytest.mark.parametrize("domain", ["normalized_amplitude", "count_intensity"])
def test_a_measurement_domain_says_nothing_of_diff3d(clean: Data, save: Save, domain: str) -> None:
    """Counts under the name of amplitudes would be taken for amplitudes."""
    del clean["domain"]
    clean.update(
        diff3d=normalized_amplitudes(clean), measurement_domain=domain, scale_contract_version="v1", nphotons=1024
    )
    assert refusal(save(clean)).startswith("diffraction: needs: found measurement_domain without diffraction")
    del clean["measurement_domain"], clean["scale_contract_version"]
    assert load_raw(save({**clean, "domain": "normalised"})).nphotons == 1024


def test_a_position_on_the_last_pixel_of_the_canvas_is_on_it(clean: Data, save: Save) -> None:
    clean["xcoords"][:2], clean["ycoords"][:2] = [0, 100], [89, 0]
    assert load_raw(save(clean)).positions[:2].tolist() == [[0, 89], [100, 0]]


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.999])
def test_a_truncated_archive(clean: Data, save: Save, kept: float) -> None:
    path = save(clean)
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    assert refusal(path).startswith("file: readable: found")


@pytest.mark.parametrize("content", [b"", b"x,y\n1,2\n", pickle.dumps({"diff3d": 1})], ids=["empty", "csv", "pickle"])
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "scan.npz"
    path.write_bytes(content)
    assert refusal(path) == "file: readable: found File is not a zip file, wanted a complete NPZ archive"


def test_a_single_array_is_no_archive(tmp_path: Path, clean: Data) -> None:
    path = tmp_path / "scan.npy"
    np.save(path, clean["diff3d"])
    assert refusal(path).startswith("file: readable:")


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "absent.npz")
    assert refusal(tmp_path).startswith("file: readable:")


def test_a_flipped_bit_is_found_by_the_checksum(clean: Data, save: Save) -> None:
    path = save(clean)
    raw = bytearray(path.read_bytes())
    raw[raw.index(clean["ycoords"].tobytes()) + 3] ^= 16
    path.write_bytes(raw)
    assert refusal(path).startswith("ycoords: readable: found Bad CRC-32")


def test_a_member_cut_short_inside_a_whole_archive(clean: Data, save: Save) -> None:
    path = save({name: value for name, value in clean.items() if name != "probeGuess"})
    member = io.BytesIO()
    np.save(member, clean["probeGuess"])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("probeGuess.npy", member.getvalue()[:-40])
    assert refusal(path).startswith(
        "probeGuess: readable: found 65496 bytes for shape (2, 64, 64) of complex64, which takes 65536"
    )


@pytest.mark.parametrize("descr", [b"{'descr': '<c8", b"{'descr': ('c8", b"[1, 2, 3, 4, 5"])
def test_a_member_whose_header_makes_no_sense(clean: Data, save: Save, descr: bytes) -> None:
    path = save({name: value for name, value in clean.items() if name != "probeGuess"})
    member = io.BytesIO()
    np.save(member, clean["probeGuess"])
    raw = member.getvalue()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("probeGuess.npy", raw[:10] + descr.ljust(118) + raw[128:])
    assert refusal(path).startswith("probeGuess: readable:")


def test_bytes_after_the_end_of_a_member(clean: Data, save: Save) -> None:
    path = save({name: value for name, value in clean.items() if name != "probeGuess"})
    member = io.BytesIO()
    np.save(member, clean["probeGuess"])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("probeGuess.npy", member.getvalue() + b"more")
    assert "data after the end of the array" in refusal(path)


class _Marks:
    """Unpickling this leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_a_pickle_inside_a_member_is_never_run(clean: Data, save: Save, tmp_path: Path) -> None:
    marked = tmp_path / "unpickled"
    path = save({**clean, "scan_index": np.array([_Marks(marked)], dtype=object)})
    assert refusal(path).startswith("scan_index: readable: found Object arrays, whose elements are pickled programs")
    assert not marked.exists()
    with np.load(path, allow_pickle=True) as archive:
        archive["scan_index"]
    assert marked.exists()


def test_the_error_survives_the_way_between_worker_processes(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as caught:
        load_raw(tmp_path / "absent.npz")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.violations) == (str(caught.value), caught.value.violations)


@pytest.fixture
def star() -> Path:
    root = Path(os.environ.get("PARITY_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
    path = root / "siemens_star" / "siemens_star_128.npz"
    if not path.is_file():
        pytest.skip(f"the measured dataset is not there: {path} (PARITY_DATA names its folder)")
    return path


def test_the_measured_file_passes_and_is_what_its_readme_says(star: Path) -> None:
    dataset = load_raw(star)
    assert (dataset.name, dataset.domain, dataset.gridsize) == ("siemens_star_128", "counts", 1)
    assert dataset.diff3d.shape == (321, 128, 128)
    assert dataset.probe.shape == (1, 128, 128)
    assert dataset.object.shape == (468, 465)
    assert dataset.positions.shape == (321, 2)
    assert dataset.nphotons == pytest.approx(461_000, rel=1e-3)
    assert np.mean(dataset.diff3d == 0) == pytest.approx(0.52, abs=0.005)
    counts = dataset.diff3d**2
    np.testing.assert_allclose(counts, np.round(counts), rtol=0, atol=1e-3)
    # x is a column and y a row: a patch of half the width, 64, stays on the canvas along both.
    assert np.all(np.round(dataset.positions) - 64 >= 0)
    assert np.all(np.round(dataset.positions) + 63 <= np.array([465, 468]) - 1)


def test_the_measured_file_gives_its_scale_only_at_its_own_positions(star: Path) -> None:
    dataset = load_raw(star)
    assert scale(dataset, dataset.positions) == pytest.approx(1.00433, abs=1e-5)
    assert abs(scale(dataset, dataset.positions[:, ::-1]) - 1.00433) > 1e-4


def scale(dataset: Any, positions: Any) -> float:
    """``sqrt(mean sum A^2 / mean sum |P O|^2)`` with patches cut at rounded positions."""
    corners = np.round(positions).astype(int) - 64
    patches = (dataset.object[y : y + 128, x : x + 128] for x, y in corners)
    lit = sum(float(np.sum(np.abs(dataset.probe[0, : p.shape[0], : p.shape[1]] * p) ** 2)) for p in patches)
    return float(np.sqrt(np.sum(dataset.diff3d**2) / lit))
