"""Which axis counts the patterns: told by sizes, by a statement, or refused."""

from __future__ import annotations

import pickle
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from parity_suite.contracts import ContractError
from parity_suite.contracts.check import check_file
from parity_suite.ptychography.datasets import canonical_raw, to_nhw

Array = NDArray[Any]
N = 64


def stack(count: int, size: int) -> Array:
    """No two elements alike, so that every move of an axis shows."""
    return np.arange(1, count * size * size + 1, dtype=np.float64).reshape(count, size, size)


@given(count=st.integers(1, 6), size=st.integers(1, 6), known=st.booleans())
def test_both_orders_come_out_in_nhw(count: int, size: int, known: bool) -> None:
    assume(count != size)
    nhw = stack(count, size)
    for array in (nhw, np.moveaxis(nhw, 0, 2)):
        found = to_nhw(array, positions=count, size=size if known else None)
        np.testing.assert_array_equal(found, nhw)


@given(size=st.integers(1, 6))
def test_a_cube_is_refused_unless_stated(size: int) -> None:
    nhw = stack(size, size)
    with pytest.raises(ValueError, match=rf"diff3d: shape \({size}, {size}, {size}\) fits NHW and HWN"):
        to_nhw(nhw, positions=size)
    np.testing.assert_array_equal(to_nhw(nhw, positions=size, stated="NHW"), nhw)
    np.testing.assert_array_equal(to_nhw(np.moveaxis(nhw, 0, 2), positions=size, stated="HWN"), nhw)


@pytest.mark.parametrize(
    ("shape", "size", "stated", "message"),
    [
        ((3, 5, 4), None, None, r"mine: shape \(3, 5, 4\) fits neither NHW nor HWN with 3 positions$"),
        ((5, 3, 5), None, None, r"mine: shape \(5, 3, 5\) fits neither NHW nor HWN"),
        ((3, 5), None, None, r"mine: shape \(3, 5\) fits neither"),
        ((3, 5, 5), 6, None, "fits neither NHW nor HWN with 3 positions and a probe of 6 pixels"),
        ((3, 5, 5), None, "HWN", r"mine: shape \(3, 5, 5\) is not in the stated order HWN"),
        ((3, 5, 5), None, "nhw", "mine: stated order 'nhw', wanted NHW or HWN"),
    ],
)
def test_what_fits_no_order_is_refused_by_name(
    shape: tuple[int, ...], size: int | None, stated: str | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        to_nhw(np.zeros(shape), positions=3, size=size, stated=stated, name="mine")


def raw_arrays(count: int, modes: int | None = None) -> dict[str, Array]:
    draw = np.random.default_rng(count)
    probe = draw.normal(size=(modes or 1, N, N)) + 1j * draw.normal(size=(modes or 1, N, N))
    return {
        "xcoords": draw.uniform(32, 40, count),
        "ycoords": draw.uniform(32, 40, count),
        "diff3d": stack(count, N).astype(np.float32),
        "probeGuess": (probe if modes else probe[0]).astype(np.complex64),
        "mine": np.asfortranarray(np.arange(6).reshape(2, 3)),
    }


def written(path: Path, arrays: dict[str, Array], compressed: bool = False) -> Path:
    (np.savez_compressed if compressed else np.savez)(path, **arrays)  # type: ignore[arg-type]
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@example(count=2, modes=3, hwn=True, last=True)
@example(count=3, modes=None, hwn=False, last=False)
@given(count=st.integers(1, 4), modes=st.sampled_from([None, 1, 3]), hwn=st.booleans(), last=st.booleans())
def test_a_raw_dataset_is_rewritten_and_the_rest_copied(count: int, modes: int | None, hwn: bool, last: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, arrays = Path(name), raw_arrays(count, modes)
        given = dict(arrays)
        if hwn:
            given["diff3d"] = np.moveaxis(arrays["diff3d"], 0, 2)
        if last and modes:
            given["probeGuess"] = np.moveaxis(arrays["probeGuess"], 0, 2)
        path = written(folder / "a.npz", given, compressed=hwn)
        canonical_raw(path, folder / "b.npz")
        before, after = members(path), members(folder / "b.npz")
        assert set(after) == {*before, "axis_order.npy"}
        assert all(before[f"{one}.npy"] == after[f"{one}.npy"] for one in ("xcoords", "ycoords", "mine"))
        with zipfile.ZipFile(folder / "b.npz") as archive:
            assert (archive.getinfo("mine.npy").compress_type == zipfile.ZIP_DEFLATED) == hwn
        with np.load(folder / "b.npz") as found:
            assert str(found["axis_order"]) == "NHW"
            for one, array in arrays.items():
                np.testing.assert_array_equal(found[one], array)
                assert found[one].dtype == array.dtype
        assert check_file(folder / "b.npz", "raw", role="writer").ok
        canonical_raw(folder / "b.npz", folder / "c.npz")
        assert (folder / "b.npz").read_bytes() == (folder / "c.npz").read_bytes()


def test_as_many_patterns_as_pixels_are_refused_unless_stated(tmp_path: Path) -> None:
    arrays = raw_arrays(N)
    turned = {**arrays, "diff3d": np.moveaxis(arrays["diff3d"], 0, 2)}
    path, out = written(tmp_path / "a.npz", turned), tmp_path / "b.npz"
    with pytest.raises(ValueError, match=r"diff3d: shape \(64, 64, 64\) fits NHW and HWN with 64 positions"):
        canonical_raw(path, out)
    assert not out.exists()
    canonical_raw(path, out, stated="HWN")
    np.testing.assert_array_equal(np.load(out)["diff3d"], arrays["diff3d"])
    said = written(tmp_path / "c.npz", {**turned, "axis_order": np.array("HWN")})
    canonical_raw(said, out, overwrite=True)
    np.testing.assert_array_equal(np.load(out)["diff3d"], arrays["diff3d"])
    with pytest.raises(ValueError, match="axis_order: the file says HWN, stated is NHW"):
        canonical_raw(said, out, stated="NHW", overwrite=True)


def test_as_many_modes_as_pixels_are_refused_unless_stated(tmp_path: Path) -> None:
    arrays = raw_arrays(2, N)
    with pytest.raises(ValueError, match=r"probeGuess: shape \(64, 64, 64\) fits NHW and HWN"):
        canonical_raw(written(tmp_path / "a.npz", arrays), tmp_path / "b.npz")
    canonical_raw(tmp_path / "a.npz", tmp_path / "b.npz", stated="NHW")
    np.testing.assert_array_equal(np.load(tmp_path / "b.npz")["probeGuess"], arrays["probeGuess"])


def test_an_order_that_fits_nothing_names_the_field(tmp_path: Path) -> None:
    arrays = {**raw_arrays(2), "diff3d": np.ones((N, 2, N), np.float32)}
    with pytest.raises(ValueError, match=r"diff3d: shape \(64, 2, 64\) fits neither NHW nor HWN"):
        canonical_raw(written(tmp_path / "a.npz", arrays), tmp_path / "b.npz")
    del arrays["probeGuess"]
    with pytest.raises(ContractError, match="probeGuess: required: found no such key among diff3d, mine, xcoords"):
        canonical_raw(written(tmp_path / "a.npz", arrays), tmp_path / "b.npz")


def test_nothing_is_overwritten_unless_asked_nor_replaced_by_what_breaks_the_contract(tmp_path: Path) -> None:
    arrays = raw_arrays(2)
    path = written(tmp_path / "a.npz", arrays)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"a\.npz exists; overwrite=True replaces it"):
        canonical_raw(path, path)
    arrays["diff3d"][1, 2, 3] = -1
    broken = written(tmp_path / "b.npz", arrays)
    with pytest.raises(ContractError, match=r"a\.npz: 1 contract violation\n  diff3d: non_negative"):
        canonical_raw(broken, path, overwrite=True)
    assert path.read_bytes() == before
    canonical_raw(path, path, overwrite=True)
    assert "axis_order.npy" in members(path)


class Trap:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def test_objects_are_copied_and_never_unpickled(tmp_path: Path) -> None:
    arrays = raw_arrays(2)
    arrays["mine"] = np.array([Trap(tmp_path / "mark")], dtype=object)
    path = written(tmp_path / "a.npz", arrays)
    canonical_raw(path, tmp_path / "b.npz")
    assert not (tmp_path / "mark").exists()
    assert members(path)["mine.npy"] == members(tmp_path / "b.npz")["mine.npy"]
    pickle.loads(pickle.dumps(Trap(tmp_path / "mark")))
    assert (tmp_path / "mark").exists()


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz", raw_arrays(2))
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("mine.npy").header_offset
    data = bytearray(path.read_bytes())
    data[start + 200] ^= 1
    path.write_bytes(data)
    with pytest.raises(ContractError, match=r"mine\.npy: readable: found Bad CRC-32"):
        canonical_raw(path, tmp_path / "b.npz")
    assert [one.name for one in tmp_path.iterdir()] == ["a.npz"]
