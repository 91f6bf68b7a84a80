"""Files that the field's own programs write, where they are installed, become raw datasets of the same scan.

``pip install cdtools-py emdfile ptychodus`` brings them; ``ci/compat`` does, in an environment of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layouts import DETECTOR_M, DISTANCE_M, WAVELENGTH_M, Truth

from parity_suite.cli.main import main
from parity_suite.contracts.check import check_file

#: Photon energy of the wavelength, h c / e.
ENERGY_EV = 1.239841984e-6 / WAVELENGTH_M


def converted(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    *_, out = arguments
    assert main(["convert", *arguments]) == 0, capsys.readouterr().err
    assert check_file(Path(out), "raw", role="writer").ok
    with np.load(out) as stored:
        return dict(stored)


def assert_same_places(found: dict[str, Any], truth: Truth) -> None:
    """Wherever the canvas begins."""
    places = np.c_[found["xcoords"], found["ycoords"]]
    wanted = truth.positions - truth.positions.min(axis=0)
    np.testing.assert_allclose(places - places.min(axis=0), wanted, atol=2e-3)


def test_cdtools(tmp_path: Path, truth: Truth, capsys: pytest.CaptureFixture[str]) -> None:
    datasets = pytest.importorskip("cdtools.datasets")
    geometry = {"distance": DISTANCE_M, "basis": np.array([[0, -DETECTOR_M], [-DETECTOR_M, 0], [0, 0]])}
    # Rows and columns of the detector go to -y and -x, and so do those of the object.
    places = np.c_[-truth.metres, np.zeros(len(truth.metres))]
    mask = np.ones(truth.counts.shape[1:], bool)
    mask[1, 2] = False
    made = datasets.Ptycho2DDataset(
        places, truth.counts.astype(np.float32), wavelength=WAVELENGTH_M, detector_geometry=geometry, mask=mask
    )
    made.to_cxi(str(tmp_path / "a.cxi"))
    found = converted(capsys, "cxi-to-raw", "--guess-probe", str(tmp_path / "a.cxi"), str(tmp_path / "b.npz"))
    np.testing.assert_allclose(found["diff3d"] ** 2, truth.counts * mask, rtol=1e-6)
    assert_same_places(found, truth)
    assert np.argwhere(~found["mask"]).tolist() == [[1, 2]]


def test_emdfile(tmp_path: Path, truth: Truth, capsys: pytest.CaptureFixture[str]) -> None:
    emdfile = pytest.importorskip("emdfile")
    counts = truth.counts[:12].reshape(3, 4, *truth.counts.shape[1:])
    step, pixel = 2.0, 0.5
    sizes = [step, step, 1 / (truth.size * pixel), 1 / (truth.size * pixel)]
    made = emdfile.Array(
        data=counts, name="datacube", units="counts", dims=sizes, dim_units=["nm", "nm", "1/nm", "1/nm"]
    )
    emdfile.save(str(tmp_path / "a.emd"), made)
    found = converted(capsys, "emd-to-raw", "--guess-probe", str(tmp_path / "a.emd"), str(tmp_path / "b.npz"))
    np.testing.assert_allclose(found["diff3d"] ** 2, truth.counts[:12], rtol=1e-6)
    assert np.ptp(found["xcoords"]) == pytest.approx(3 * step / pixel, rel=1e-4)
    assert np.ptp(found["ycoords"]) == pytest.approx(2 * step / pixel, rel=1e-4)


def test_ptychodus(tmp_path: Path, truth: Truth, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ptychodus")
    path = tmp_path / "a.h5"
    _write_product(path, truth)
    assert main(["check", str(path)]) == 0
    assert "keeps product" in capsys.readouterr().out
    patterns = tmp_path / "patterns.npz"
    np.savez(patterns, patterns=truth.counts, indexes=np.arange(len(truth.counts)))
    found = converted(capsys, "product-to-raw", "--diffraction", str(patterns), str(path), str(tmp_path / "b.npz"))
    np.testing.assert_array_equal(found["diffraction"], truth.counts)
    assert_same_places(found, truth)
    np.testing.assert_allclose(found["probeGuess"].reshape(truth.probe.shape), truth.probe, rtol=1e-5, atol=1e-7)


def _write_product(path: Path, truth: Truth) -> None:
    from ptychodus.api.geometry import PixelGeometry
    from ptychodus.api.object import Object, ObjectCenter
    from ptychodus.api.probe import ProbeSequence
    from ptychodus.api.probe_positions import ProbePosition, ProbePositionSequence
    from ptychodus.api.product import Product, ProductMetadata
    from ptychodus.plugins.h5_product_file import H5ProductFileIO

    pixel = PixelGeometry(truth.pixel_m, truth.pixel_m)
    about = ProductMetadata("scan", "", DISTANCE_M, ENERGY_EV, float(truth.counts[0].sum()), 0.1, 1.0, 0.0)
    places = ProbePositionSequence([ProbePosition(k, x, y) for k, (x, y) in enumerate(truth.metres)])
    middle = (truth.metres.min(axis=0) + truth.metres.max(axis=0)) / 2
    seen = Object(np.ones((240, 250), complex), pixel, ObjectCenter(*middle))
    H5ProductFileIO().write(path, Product(about, places, ProbeSequence(truth.probe, None, pixel), seen, []))
