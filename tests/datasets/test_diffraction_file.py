"""Patterns from a file of their own find their positions by number, or are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from parity_suite.contracts import ContractError
from parity_suite.contracts.check import check_file
from parity_suite.ptychography.datasets import Product, load_product, product_to_raw, raw_to_product, write_product
from parity_suite.ptychography.datasets.diffraction_file import load_diffraction

Array = NDArray[Any]

N = 64
NUMBERS = np.array([9, 4, 7])


def patterns() -> Array:
    """One for each number, in the order of the file: of 4, 5, 7 and 9."""
    return np.random.default_rng(2).poisson(3, (4, N, N)).astype(np.uint16)


def contents(**changes: Array) -> dict[str, Array]:
    bad = np.zeros((N, N), bool)
    bad[3, 5] = True
    return {"patterns": patterns(), "indexes": np.array([4, 5, 7, 9]), "bad_pixels": bad, **changes}


def written(path: Path, arrays: dict[str, Array]) -> Path:
    if path.suffix == ".npz":
        np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
        return path
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, compression="lzf")
    return path


def a_product(path: Path, numbers: Array = NUMBERS, raw: dict[str, Array] | None = None) -> Path:
    draw = np.random.default_rng(3)
    count = len(numbers)
    fields = {
        "@name": np.array("star"),
        "@comments": np.array(""),
        "@detector_object_distance_m": np.array(1.9),
        "@probe_energy_eV": np.array(9000.0),
        "@exposure_time_s": np.array(0.1),
        "probe": draw.normal(size=(1, 2, N, N)) + 0j,
        "object": draw.normal(size=(1, 70, 83)) + 1j,
        **{f"{what}@pixel_{side}_m": np.array(4e-8) for what in ("probe", "object") for side in ("width", "height")},
        **{f"object@center_{axis}_m": np.array(0.0) for axis in "xy"},
        **{f"probe_position_{axis}_m": 4e-8 * draw.uniform(-3, 3, count) for axis in "xy"},
        "object_layer_spacing_m": np.zeros(0),
        "probe_position_indexes": numbers,
        "loss_values": np.zeros(0),
    }
    write_product(path, Product(fields, raw or {}))
    return path


@pytest.mark.parametrize("ending", ["h5", "npz"])
def test_each_position_gets_the_pattern_of_its_number(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path / f"a.{ending}", contents())
    product_to_raw(a_product(tmp_path / "b.h5"), tmp_path / "c.npz", diffraction=path)
    assert check_file(tmp_path / "c.npz", "raw", role="writer").ok
    with np.load(tmp_path / "c.npz") as found:
        np.testing.assert_array_equal(found["diffraction"], patterns()[[3, 0, 2]])
        assert found["diffraction"].dtype == np.int32
        assert str(found["measurement_domain"]) == "count_intensity"
        assert np.argwhere(found["bad_pixels"]).tolist() == [[3, 5]]
        assert "diff3d" not in found
    # The patterns travel in the product from here on, and its own fields come back as they were.
    raw_to_product(tmp_path / "c.npz", tmp_path / "d.h5")
    again, before = load_product(tmp_path / "d.h5"), load_product(tmp_path / "b.h5")
    np.testing.assert_array_equal(again.raw["diffraction"], patterns()[[3, 0, 2]])
    for name, array in before.fields.items():
        np.testing.assert_array_equal(again.fields[name], array, name)


def test_as_many_positions_as_pixels_are_not_ambiguous(tmp_path: Path) -> None:
    cube = np.random.default_rng(1).poisson(3, (N, N, N))
    path = written(tmp_path / "a.h5", contents(patterns=cube, indexes=np.arange(N)))
    product_to_raw(a_product(tmp_path / "b.h5", np.arange(N)), tmp_path / "c.npz", diffraction=path)
    with np.load(tmp_path / "c.npz") as found:
        np.testing.assert_array_equal(found["diffraction"], cube)


@pytest.mark.parametrize(
    ("dtype", "wanted"), [("u1", "i4"), ("i4", "i4"), ("u4", "i8"), ("u8", "i8"), ("f4", "f4"), ("f8", "f8")]
)
def test_counts_keep_their_value(tmp_path: Path, dtype: str, wanted: str) -> None:
    path = written(tmp_path / "a.npz", contents(patterns=patterns().astype(dtype)))
    found = load_diffraction(path, NUMBERS)["diffraction"]
    assert found.dtype == np.dtype(wanted)
    np.testing.assert_array_equal(found, patterns()[[3, 0, 2]])


REFUSED: list[tuple[dict[str, Array], str]] = [
    ({"indexes": np.array([4, 5, 7, 8])}, r"indexes: none of 1 of 3 positions, such as 9"),
    ({"indexes": np.array([4, 9, 7, 9])}, r"indexes: 9 stands there 2 times, wanted once"),
    ({"indexes": np.array([4, 5, 7])}, r"indexes: int64 of shape \(3,\), wanted a whole number for each of 4"),
    ({"indexes": np.array([4.0, 5, 7, 9])}, r"indexes: float64 of shape \(4,\)"),
    ({"patterns": np.ones((4, N, N), complex)}, "patterns: elements of type complex128"),
    ({"patterns": np.full((4, N, N), 2**63, np.uint64)}, "patterns: 9223372036854775808 photons, over what int64"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[message[:30] for _, message in REFUSED])
def test_patterns_that_cannot_be_told_are_refused_by_name(
    tmp_path: Path, changes: dict[str, Array], message: str
) -> None:
    path = written(tmp_path / "a.npz", contents(**changes))
    with pytest.raises(ValueError, match=rf"^{path}: {message}"):
        load_diffraction(path, NUMBERS)


def test_a_number_that_stands_twice_in_the_product_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz", contents())
    with pytest.raises(ValueError, match="probe_position_indexes: 4 stands there 2 times"):
        load_diffraction(path, np.array([4, 7, 4]))


def test_a_file_without_patterns_says_what_it_has(tmp_path: Path) -> None:
    path = written(tmp_path / "a.h5", {"indexes": np.arange(3), "data": np.arange(3)})
    with pytest.raises(ContractError, match="patterns: required: found no such name among data, indexes"):
        load_diffraction(path, NUMBERS)


def test_fractions_of_photons_leave_no_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz", contents(patterns=patterns() + 0.5))
    with pytest.raises(ContractError, match="diffraction: whole_counts"):
        product_to_raw(a_product(tmp_path / "b.h5"), tmp_path / "c.npz", diffraction=path)
    assert not (tmp_path / "c.npz").exists()


def test_patterns_of_its_own_and_others_besides_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz", contents())
    product = a_product(tmp_path / "b.h5", raw={"diff3d": np.ones((3, N, N))})
    with pytest.raises(ValueError, match=r"raw_data/diff3d: patterns of its own, and those of .*a\.npz besides"):
        product_to_raw(product, tmp_path / "c.npz", diffraction=path)
