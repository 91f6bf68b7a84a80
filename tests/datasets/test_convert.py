"""Product to raw and back: nothing lost, every axis with its sign, and no guess where the formats disagree."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from parity_suite.contracts import ContractError
from parity_suite.contracts.check import check_file
from parity_suite.ptychography.datasets import Product, load_product, product_to_raw, raw_to_product, write_product
from parity_suite.ptychography.datasets.convert import axes_of

Array = NDArray[Any]

N, ROWS, COLUMNS = 64, 70, 83
LIGHT: dict[str, Any] = {"pixel_size_m": 5e-8, "detector_object_distance_m": 1.9, "probe_energy_eV": 9000.0}


def complex_array(seed: int, *shape: int) -> Array:
    draw = np.random.default_rng(seed)
    return (draw.normal(size=shape) + 1j * draw.normal(size=shape)).astype(np.complex64)


def raw_arrays(count: int = 3, seed: int = 0) -> dict[str, Array]:
    draw = np.random.default_rng(seed)
    return {
        "xcoords": draw.uniform(32, 50, count),
        "ycoords": draw.uniform(32, 37, count),
        "diff3d": draw.uniform(0, 4, (count, N, N)).astype(np.float32),
        "probeGuess": complex_array(seed, N, N),
        "objectGuess": complex_array(seed + 1, ROWS, COLUMNS),
    }


def product_fields(count: int = 3, seed: int = 5) -> dict[str, Array]:
    draw = np.random.default_rng(seed)
    return {
        "@name": np.array("star"),
        "@comments": np.array("zwei Zeilen\nß"),
        "@detector_object_distance_m": np.array(1.9),
        "@probe_energy_eV": np.array(9000.5),
        "@exposure_time_s": np.array(0.25),
        "probe": complex_array(seed, 2, 3, N, N),
        "probe@pixel_width_m": np.array(4e-8),
        "probe@pixel_height_m": np.array(6e-8),
        "opr_weights": draw.normal(size=(count, 2)),
        "object": complex_array(seed + 1, 2, ROWS, COLUMNS),
        "object@center_x_m": np.array(3e-6),
        "object@center_y_m": np.array(-7e-6),
        "object@pixel_width_m": np.array(4e-8),
        "object@pixel_height_m": np.array(6e-8),
        "object_layer_spacing_m": np.array([1e-6]),
        "probe_position_indexes": np.arange(count)[::-1] + 4,
        "probe_position_x_m": 3e-6 + 4e-8 * draw.uniform(-9, 8, count),
        "probe_position_y_m": -7e-6 + 6e-8 * draw.uniform(-3, 2, count),
        "loss_values": np.array([3.0, np.nan, 1.0], dtype=np.float32),
        "loss_epochs": np.array([1, 5, 9]),
    }


def a_product(path: Path, count: int = 3, *, raw: dict[str, Array] | None = None, **fields: Any) -> Path:
    patterns = {"diff3d": raw_arrays(count)["diff3d"]} if raw is None else raw
    write_product(path, Product({**product_fields(count), **fields}, patterns))
    return path


def written(path: Path, **arrays: Array) -> Path:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def members(path: Path) -> dict[str, Array]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def assert_same(one: dict[str, Array], other: dict[str, Array]) -> None:
    """Every array of ``one`` is in ``other`` with the same type, shape and bytes."""
    for name, array in one.items():
        assert name in other, name
        assert (other[name].dtype, other[name].shape) == (array.dtype, array.shape), name
        assert other[name].tobytes() == array.tobytes(), name


scans = st.fixed_dictionaries(
    {
        "count": st.integers(1, 4),
        "seed": st.integers(0, 2**32 - 1),
        "dtype": st.sampled_from([np.float32, np.float64]),
        "modes": st.sampled_from([None, 1, 2]),
        "extra": st.sets(st.sampled_from(["scan_index", "xcoords_start", "domain", "nphotons", "mine", "label"])),
        "pixel": st.tuples(st.floats(1e-9, 1e-6), st.floats(1e-9, 1e-6)),
    }
)


def drawn_raw(scan: dict[str, Any]) -> dict[str, Array]:
    count, seed = scan["count"], scan["seed"]
    arrays = raw_arrays(count, seed)
    arrays |= {name: arrays[name].astype(scan["dtype"]) for name in ("xcoords", "ycoords", "diff3d")}
    if scan["modes"]:
        arrays["probeGuess"] = complex_array(seed, scan["modes"], N, N)
    power = float(np.mean(np.sum(arrays["diff3d"].astype(np.float64) ** 2, axis=(1, 2))))
    extra = {
        "scan_index": np.arange(count, dtype=np.int32)[::-1],
        "xcoords_start": arrays["xcoords"] + 1,
        "domain": np.array("counts", dtype="<U10"),
        "nphotons": np.array(power),
        "mine": np.arange(6, dtype=">i2").reshape(2, 3),
        "label": np.array([b"a", b"bc"]),
    }
    return {**arrays, **{name: extra[name] for name in scan["extra"]}}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(scan=scans)
def test_raw_to_product_to_raw_keeps_every_byte(scan: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, arrays = Path(name), drawn_raw(scan)
        raw_to_product(written(folder / "a.npz", **arrays), folder / "b.h5", **{**LIGHT, "pixel_size_m": scan["pixel"]})
        product_to_raw(folder / "b.h5", folder / "c.npz")
        assert_same(arrays, members(folder / "c.npz"))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    count=st.integers(1, 4),
    opr=st.booleans(),
    layers=st.sampled_from([None, 1, 2]),
    single=st.booleans(),
    keep_raw=st.booleans(),
)
def test_product_to_raw_to_product_keeps_every_field(
    count: int, opr: bool, layers: int | None, single: bool, keep_raw: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, fields = Path(name), product_fields(count)
        if not opr:
            fields["probe"] = fields["probe"][0]
            del fields["opr_weights"]
        if layers != 2:
            fields["object"] = fields["object"][0] if layers is None else fields["object"][:1]
            fields["object_layer_spacing_m"] = np.zeros(0)
        if single:
            fields |= {f"probe_position_{axis}_m": fields[f"probe_position_{axis}_m"].astype("f4") for axis in "xy"}
        own = {"diff3d": raw_arrays(count)["diff3d"]}
        if keep_raw:
            own["xcoords"] = axes_of(fields)["x"].pixels(fields["probe_position_x_m"]).astype(np.float32)
            own["ycoords"] = axes_of(fields)["y"].pixels(fields["probe_position_y_m"]).astype(np.float32)
            own["probeGuess"] = complex_array(99, N, N)
        write_product(folder / "a.h5", Product(fields, own))
        product_to_raw(folder / "a.h5", folder / "b.npz")
        raw_to_product(folder / "b.npz", folder / "c.h5")
        again = load_product(folder / "c.h5")
        assert set(again.fields) == set(fields)
        assert_same({key: array for key, array in fields.items() if array.dtype.kind != "U"}, dict(again.fields))
        assert [str(again.fields[key]) for key in ("@name", "@comments")] == ["star", "zwei Zeilen\nß"]
        assert_same(own, dict(again.raw))


@pytest.mark.parametrize(("axis", "extent", "pixel"), [("x", COLUMNS, 4e-8), ("y", ROWS, 6e-8)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_step_in_metres_is_the_same_step_in_pixels(
    tmp_path: Path, axis: str, extent: int, pixel: float, sign: int
) -> None:
    other = "y" if axis == "x" else "x"
    fields: dict[str, Any] = product_fields(2)
    for one in "xy":
        fields[f"probe_position_{one}_m"] = np.full(2, fields[f"object@center_{one}_m"])
    fields[f"probe_position_{axis}_m"] += np.array([0, sign * 2.25]) * pixel
    product_to_raw(a_product(tmp_path / "a.h5", 2, **fields), tmp_path / "b.npz")
    found = members(tmp_path / "b.npz")
    # The middle of the object is W/2 pixels from its left edge, on the edge of column W/2 where W is even.
    np.testing.assert_allclose(found[f"{axis}coords"], [extent / 2, extent / 2 + sign * 2.25], rtol=0, atol=1e-9)
    np.testing.assert_allclose(found[f"{other}coords"], [{"x": COLUMNS, "y": ROWS}[other] / 2] * 2, rtol=0, atol=1e-9)


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_step_in_pixels_is_the_same_step_in_metres(tmp_path: Path, axis: str) -> None:
    arrays = raw_arrays(2) | {"xcoords": np.array([COLUMNS / 2] * 2), "ycoords": np.array([ROWS / 2] * 2)}
    arrays[f"{axis}coords"] += np.array([0, 1.5])
    raw_to_product(written(tmp_path / "a.npz", **arrays), tmp_path / "b.h5", **{**LIGHT, "pixel_size_m": (2.0, 3.0)})
    fields = load_product(tmp_path / "b.h5").fields
    wanted = {"x": [0.0, 0.0], "y": [0.0, 0.0]} | {axis: [0.0, 1.5 * {"x": 2, "y": 3}[axis]]}
    for one in "xy":
        np.testing.assert_allclose(fields[f"probe_position_{one}_m"], wanted[one], rtol=0, atol=1e-12)


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_mirrored_axis_is_refused(tmp_path: Path, axis: str) -> None:
    path = tmp_path / "b.h5"
    raw_to_product(written(tmp_path / "a.npz", **raw_arrays()), path, **LIGHT)
    with h5py.File(path, "a") as file:
        file[f"probe_position_{axis}_m"][...] *= -1
    with pytest.raises(ValueError, match=rf"raw_data/{axis}coords: .* where probe_position_{axis}_m says"):
        product_to_raw(path, tmp_path / "c.npz")
    assert not (tmp_path / "c.npz").exists()


@pytest.mark.parametrize("positions", ["product", "raw_data"])
def test_which_positions_to_take_can_be_said(tmp_path: Path, positions: Any) -> None:
    arrays = raw_arrays()
    raw_to_product(written(tmp_path / "a.npz", **arrays), tmp_path / "b.h5", **LIGHT)
    with h5py.File(tmp_path / "b.h5", "a") as file:
        file["probe_position_x_m"][...] += 5e-8 * np.array([0, 0, 0.5])
    product_to_raw(tmp_path / "b.h5", tmp_path / "c.npz", positions=positions)
    moved = np.array([0, 0, 0.5]) if positions == "product" else 0
    np.testing.assert_allclose(members(tmp_path / "c.npz")["xcoords"], arrays["xcoords"] + moved, rtol=0, atol=1e-9)


def test_a_product_without_patterns_is_refused(tmp_path: Path) -> None:
    path = a_product(tmp_path / "a.h5", raw={})
    with pytest.raises(ValueError, match="raw_data/diff3d: absent, and without diffraction patterns"):
        product_to_raw(path, tmp_path / "b.npz")


def test_the_first_coherent_probe_and_the_product_of_the_layers_stand_in_the_raw_dataset(tmp_path: Path) -> None:
    product_to_raw(a_product(tmp_path / "a.h5"), tmp_path / "b.npz")
    found, fields = members(tmp_path / "b.npz"), product_fields()
    np.testing.assert_array_equal(found["probeGuess"], fields["probe"][0])
    np.testing.assert_array_equal(found["objectGuess"], fields["object"][0] * fields["object"][1])
    assert "scan_index" not in found
    assert found["product/@probe_energy_eV"] == 9000.5


def test_a_diffraction_without_a_domain_is_the_amplitude(tmp_path: Path) -> None:
    amplitude = raw_arrays()["diff3d"]
    product_to_raw(a_product(tmp_path / "a.h5", raw={"diffraction": amplitude}), tmp_path / "b.npz")
    found = members(tmp_path / "b.npz")
    np.testing.assert_array_equal(found["diff3d"], amplitude)
    assert "diffraction" not in found


def as_ptychopinn_exports(path: Path, raw: dict[str, Array], pixel: float) -> None:
    """Its layout: metres counted from the corner of the object, guesses as hard links, patterns as ``diffraction``."""
    with h5py.File(path, "w") as file:
        texts = {"name": "", "comments": "", "bundle_version": "1.0"}
        numbers = {"detector_object_distance_m": 0.0, "probe_energy_eV": 0.0, "exposure_time_s": 0.0}
        file.attrs.update({**texts, **numbers, "contains_raw_data": 1})
        count = raw["xcoords"].size
        file["probe_position_indexes"] = file["raw_data/scan_index"] = np.zeros(count, np.int64)
        for axis in "xy":
            file[f"probe_position_{axis}_m"] = raw[f"{axis}coords"] * pixel
            file[f"raw_data/{axis}coords"] = raw[f"{axis}coords"]
        file["probe"], file["object"] = raw["probeGuess"], raw["objectGuess"]
        for one in ("probe", "object"):
            file[one].attrs.update({"pixel_width_m": pixel, "pixel_height_m": pixel})
            file[f"raw_data/{one}Guess"] = file[one]
        file["object"].attrs.update({"center_x_m": 0.0, "center_y_m": 0.0})
        file["object_layer_spacing_m"] = file["loss_values"] = np.zeros(0)
        file["loss_epochs"] = np.zeros(0, np.int64)
        file.create_dataset("raw_data/diffraction", data=raw["diff3d"], compression="gzip", shuffle=True)
        file["raw_data/diffraction"].attrs["axis_canonical"] = "NHW"
        file["raw_data/_metadata"] = '{"nphotons": 1e6}'


def test_metres_that_start_in_the_corner_are_refused_until_it_is_said_which_to_take(tmp_path: Path) -> None:
    raw = raw_arrays()
    as_ptychopinn_exports(tmp_path / "a.h5", raw, 5e-8)
    with pytest.raises(ValueError, match=r"raw_data/xcoords: .* in pixels of the object; positions='product' or"):
        product_to_raw(tmp_path / "a.h5", tmp_path / "b.npz")
    product_to_raw(tmp_path / "a.h5", tmp_path / "b.npz", positions="raw_data")
    assert_same(raw, members(tmp_path / "b.npz"))
    assert str(members(tmp_path / "b.npz")["_metadata"]) == '{"nphotons": 1e6}'
    # What comes back is Ptychodus' own convention, so nothing has to be said any more.
    raw_to_product(tmp_path / "b.npz", tmp_path / "c.h5")
    wanted = (raw["xcoords"] - COLUMNS / 2) * 5e-8
    np.testing.assert_allclose(load_product(tmp_path / "c.h5").fields["probe_position_x_m"], wanted, rtol=1e-9)
    product_to_raw(tmp_path / "c.h5", tmp_path / "d.npz")


def test_members_with_odd_names_come_back(tmp_path: Path) -> None:
    odd = {"a/b": np.arange(3), "a@b": np.array(2), "50%": np.array("x")}
    raw_to_product(written(tmp_path / "a.npz", **raw_arrays(), **odd), tmp_path / "b.h5", **LIGHT)
    product_to_raw(tmp_path / "b.h5", tmp_path / "c.npz")
    assert_same(odd, members(tmp_path / "c.npz"))


def test_what_was_edited_is_not_overruled_by_what_is_carried(tmp_path: Path) -> None:
    product_to_raw(a_product(tmp_path / "a.h5"), tmp_path / "b.npz")
    edited = members(tmp_path / "b.npz")
    edited["probeGuess"] = edited["probeGuess"] * 2
    edited["xcoords"] = edited["xcoords"] + 0.5
    raw_to_product(written(tmp_path / "c.npz", **edited), tmp_path / "d.h5", name="other")
    fields, before = load_product(tmp_path / "d.h5").fields, product_fields()
    np.testing.assert_array_equal(fields["probe"], before["probe"][0] * 2)
    assert "opr_weights" not in fields
    np.testing.assert_allclose(fields["probe_position_x_m"], before["probe_position_x_m"] + 0.5 * 4e-8, rtol=1e-12)
    np.testing.assert_array_equal(fields["probe_position_y_m"], before["probe_position_y_m"])
    np.testing.assert_array_equal(fields["object"], before["object"])
    assert (str(fields["@name"]), str(fields["@comments"])) == ("other", "zwei Zeilen\nß")


def test_fewer_positions_leave_what_belonged_to_each_of_them_behind(tmp_path: Path) -> None:
    product_to_raw(a_product(tmp_path / "a.h5"), tmp_path / "b.npz")
    fewer = members(tmp_path / "b.npz")
    fewer |= {name: fewer[name][1:] for name in ("xcoords", "ycoords", "diff3d")}
    raw_to_product(written(tmp_path / "c.npz", **fewer), tmp_path / "d.h5")
    fields, before = load_product(tmp_path / "d.h5").fields, product_fields()
    assert "opr_weights" not in fields
    np.testing.assert_array_equal(fields["probe_position_indexes"], [0, 1])
    np.testing.assert_allclose(fields["probe_position_x_m"], before["probe_position_x_m"][1:], rtol=1e-12)
    np.testing.assert_array_equal(fields["probe"], before["probe"])


def test_another_pixel_size_moves_the_metres_and_not_the_pixels(tmp_path: Path) -> None:
    product_to_raw(a_product(tmp_path / "a.h5"), tmp_path / "b.npz")
    raw_to_product(tmp_path / "b.npz", tmp_path / "c.h5", pixel_size_m=8e-8)
    fields, before = load_product(tmp_path / "c.h5").fields, product_fields()
    np.testing.assert_allclose(
        fields["probe_position_x_m"] - 3e-6, 2 * (before["probe_position_x_m"] - 3e-6), rtol=1e-9, atol=1e-18
    )
    assert fields["probe@pixel_height_m"] == 8e-8


def test_what_a_product_needs_has_to_be_given(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz", **raw_arrays())
    with pytest.raises(ValueError, match="pixel_size_m, probe_energy_eV: to be given"):
        raw_to_product(path, tmp_path / "b.h5", detector_object_distance_m=1.0)
    arrays = raw_arrays()
    del arrays["objectGuess"]
    with pytest.raises(ValueError, match="objectGuess: absent, and a product holds an object"):
        raw_to_product(written(tmp_path / "c.npz", **arrays), tmp_path / "b.h5", **LIGHT)
    assert not (tmp_path / "b.h5").exists()


def test_nothing_is_overwritten_unless_asked(tmp_path: Path) -> None:
    raw, product = written(tmp_path / "a.npz", **raw_arrays()), tmp_path / "b.h5"
    product.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"b\.h5 exists; overwrite=True replaces it"):
        raw_to_product(raw, product, **LIGHT)
    assert product.read_bytes() == b"mine"
    raw_to_product(raw, product, **LIGHT, overwrite=True)
    with pytest.raises(FileExistsError, match=r"a\.npz exists"):
        product_to_raw(product, raw)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.npz", "b.h5"]


def test_both_sides_keep_their_contract_and_a_broken_input_is_refused(tmp_path: Path) -> None:
    arrays = raw_arrays()
    arrays["xcoords"][1] = np.nan
    with pytest.raises(ContractError, match="xcoords: finite"):
        raw_to_product(written(tmp_path / "a.npz", **arrays), tmp_path / "b.h5", **LIGHT)
    # Off the canvas in pixels: the result breaks the contract of raw data, and leaves no file.
    far = product_fields()["probe_position_x_m"] + 1e-3
    with pytest.raises(ContractError, match=rf"^{tmp_path / 'c.npz'}: 1 contract violation\n  xcoords: on_canvas"):
        product_to_raw(a_product(tmp_path / "c.h5", probe_position_x_m=far), tmp_path / "c.npz")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.npz", "c.h5"]


def test_a_member_of_python_objects_is_left_out_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    arrays = raw_arrays()
    np.savez(tmp_path / "a.npz", odd=np.array([{}], dtype=object), **arrays)  # type: ignore[arg-type]
    raw_to_product(tmp_path / "a.npz", tmp_path / "b.h5", **LIGHT)
    assert set(load_product(tmp_path / "b.h5").raw) == set(arrays)
    assert "left out: odd: readable: found Object arrays" in caplog.text


def measured() -> Path:
    folder = Path(os.environ.get("PARITY_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
    star = folder / "siemens_star" / "siemens_star_128.npz"
    if not star.is_file():
        pytest.skip(f"the measured dataset is not there: {star} (PARITY_DATA names its folder)")
    return star


def test_the_measured_dataset_survives_the_way_there_and_back(tmp_path: Path) -> None:
    raw_to_product(measured(), tmp_path / "b.h5", **LIGHT, name="siemens star")
    assert check_file(tmp_path / "b.h5", "product", role="writer").ok
    product_to_raw(tmp_path / "b.h5", tmp_path / "c.npz")
    assert_same(members(measured()), members(tmp_path / "c.npz"))


def residual(arrays: dict[str, Array]) -> float:
    """Of the forward model, with patches cut at whole pixels, against the measured amplitudes."""
    size = arrays["probeGuess"].shape[-1]
    off = wanted = 0.0
    for x, y, pattern in zip(arrays["xcoords"], arrays["ycoords"], arrays["diff3d"], strict=True):
        row, column = round(float(y)) - size // 2, round(float(x)) - size // 2
        exit_wave = arrays["probeGuess"] * arrays["objectGuess"][row : row + size, column : column + size]
        amplitude = np.abs(np.fft.fftshift(np.fft.fft2(exit_wave, norm="ortho")))
        off += np.sum((amplitude - pattern.astype(np.float64)) ** 2)
        wanted += np.sum(pattern.astype(np.float64) ** 2)
    return off / wanted


def only_in_metres(path: Path, *, mirrored: str = "") -> None:
    """Leaves the patterns under /raw_data, so that all else has to come from the product itself."""
    with h5py.File(path, "a") as file:
        for name in list(file["raw_data"]):
            if name != "diff3d":
                del file["raw_data"][name]
        if mirrored:
            file[f"probe_position_{mirrored}_m"][...] *= -1


@pytest.mark.parametrize("centre", [(0.0, 0.0), (2e-4, -3e-4)])
def test_the_measured_dataset_fits_as_well_by_way_of_metres(tmp_path: Path, centre: tuple[float, float]) -> None:
    raw_to_product(measured(), tmp_path / "b.h5", **{**LIGHT, "pixel_size_m": (4e-8, 6e-8)})
    only_in_metres(tmp_path / "b.h5")
    with h5py.File(tmp_path / "b.h5", "a") as file:
        for axis, place in zip("xy", centre, strict=True):
            file["object"].attrs[f"center_{axis}_m"] = place
            file[f"probe_position_{axis}_m"][...] += place
    product_to_raw(tmp_path / "b.h5", tmp_path / "c.npz")
    found, before = members(tmp_path / "c.npz"), members(measured())
    # Metres are rounded once and divided once: a few ulp of 400 pixels.
    np.testing.assert_allclose(found["xcoords"], before["xcoords"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["ycoords"], before["ycoords"], rtol=0, atol=1e-9)
    assert residual(found) == pytest.approx(0.012778, abs=1e-5)


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_mirrored_axis_of_the_measured_dataset_fits_worse(tmp_path: Path, axis: str) -> None:
    raw_to_product(measured(), tmp_path / "b.h5", **LIGHT)
    only_in_metres(tmp_path / "b.h5", mirrored=axis)
    product_to_raw(tmp_path / "b.h5", tmp_path / "c.npz")
    assert residual(members(tmp_path / "c.npz")) > 0.05


def test_a_name_of_an_older_product_still_travels(tmp_path: Path) -> None:
    members = raw_arrays()
    old = {"product/@mass_attenuation_m2_kg": np.array(0.5), "product/probe@opr_weights": np.ones((3, 2))}
    raw_to_product(written(tmp_path / "a.npz", **members, **old), tmp_path / "b.h5", **LIGHT)
    assert load_product(tmp_path / "b.h5").fields["@mass_attenuation_m2_per_kg"] == 0.5
