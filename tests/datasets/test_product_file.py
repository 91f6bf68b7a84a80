"""The product in HDF5: what Ptychodus writes is read, what is written keeps the contract, what is broken is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from parity_suite.contracts import ContractError
from parity_suite.contracts.check import check_file
from parity_suite.contracts.limits import Limits
from parity_suite.ptychography.datasets import Product, load_product, write_product

Array = NDArray[Any]

M, N = 4, 6


def as_ptychodus_writes(path: Path) -> Path:
    """The layout of Ptychodus 1.7: texts as attributes, empty lists as floats, layers always an axis."""
    draw = np.random.default_rng(3)
    with h5py.File(path, "w") as file:
        file.attrs["name"] = "scan 7"
        file.attrs["comments"] = ""
        for name in ("detector_object_distance_m", "photon_energy_eV", "probe_photon_count", "exposure_time_s"):
            file.attrs[name] = 1.5
        file.attrs["mass_attenuation_m2_per_kg"] = 0.25
        file.attrs["focus_object_distance_m"] = -0.5
        file.attrs["far_field"] = np.True_
        file.create_dataset("probe_position_indexes", data=list(range(M)))
        file.create_dataset("probe_position_x_m", data=list(draw.normal(size=M)))
        file.create_dataset("probe_position_y_m", data=list(draw.normal(size=M)))
        probe = file.create_dataset("probe", data=draw.normal(size=(2, 3, N, N)) + 0j)
        thing = file.create_dataset("object", data=draw.normal(size=(1, 9, 11)) + 1j)
        for node in (probe, thing):
            node.attrs["pixel_width_m"] = 4e-8
            node.attrs["pixel_height_m"] = 6e-8
        file["opr_weights"] = draw.normal(size=(M, 2))
        thing.attrs["center_x_m"] = 0.25
        thing.attrs["center_y_m"] = -0.5
        file.create_dataset("object_layer_spacing_m", data=[])
        file.create_dataset("loss_epochs", data=[])
        file.create_dataset("loss_values", data=[])
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return as_ptychodus_writes(tmp_path / "a.h5")


def test_what_ptychodus_writes_keeps_the_contract_and_is_told_by_its_names(path: Path) -> None:
    checked = check_file(path)
    assert checked.contract is not None
    assert (checked.contract.name, checked.violations) == ("product", ())
    product = load_product(path)
    assert str(product.fields["@name"]) == "scan 7"
    assert product.fields["object@center_y_m"] == -0.5
    assert product.fields["opr_weights"].shape == (M, 2)
    assert product.fields["@mass_attenuation_m2_per_kg"] == 0.25
    assert product.raw == {}


def test_written_and_read_again_is_the_same(path: Path, tmp_path: Path) -> None:
    product = load_product(path)
    raw = {
        "label": np.array("ab", "<U9"),
        "bytes": np.array([b"x", "ß".encode()], "|S7"),
        "flags": np.array([True, False]),
        # Signs that part names in HDF5, and the escape that stands for them.
        "a/b": np.array(1),
        "a@b": np.array(2, ">i2"),
        "50%": np.array(3),
        "a%2Fb": np.array(4),
    }
    write_product(tmp_path / "b.h5", Product(product.fields, raw))
    again = load_product(tmp_path / "b.h5")
    assert sorted(again.raw) == sorted(raw)
    for one, other in ((product.fields, again.fields), (raw, again.raw)):
        for name, array in one.items():
            assert (other[name].dtype, other[name].shape) == (array.dtype, array.shape), name
            assert other[name].tobytes() == array.tobytes(), name
    with h5py.File(tmp_path / "b.h5") as file:
        assert file.attrs["name"] == "scan 7"
        assert file["probe"].attrs["pixel_height_m"] == 6e-8
        # The names that any version reads.
        assert file.attrs["probe_energy_eV"] == 1.5
        assert file.attrs["mass_attenuation_m2_per_kg"] == 0.25
        assert file["opr_weights"].shape == (M, 2)


def test_an_attribute_may_take_more_than_64_kib(path: Path, tmp_path: Path) -> None:
    long = np.array("remark " * 12_000)
    write_product(tmp_path / "b.h5", Product({**load_product(path).fields, "@comments": long}))
    assert load_product(tmp_path / "b.h5").fields["@comments"] == long


def test_a_near_field_is_refused(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file.attrs["far_field"] = np.False_
    with pytest.raises(ContractError, match="@far_field: not_all_zero"):
        load_product(path)


def test_the_old_names_are_read_and_not_written(path: Path, tmp_path: Path) -> None:
    with h5py.File(path, "a") as file:
        file["probe"].attrs["opr_weights"] = file["opr_weights"][()]
        file.attrs["probe_energy_eV"] = file.attrs["photon_energy_eV"]
        file.attrs["mass_attenuation_m2_kg"] = file.attrs["mass_attenuation_m2_per_kg"]
        del file["opr_weights"], file["loss_values"], file["loss_epochs"]
        for name in ("photon_energy_eV", "mass_attenuation_m2_per_kg", "focus_object_distance_m", "far_field"):
            del file.attrs[name]
        file["costs"] = [3.0, 2.0]
    found = [str(one) for one in check_file(path, "product", role="writer").violations]
    assert found == [
        "@mass_attenuation_m2_per_kg: alias: found the old name '@mass_attenuation_m2_kg', "
        "wanted a writer to use '@mass_attenuation_m2_per_kg'",
        "opr_weights: alias: found the old name 'probe@opr_weights', wanted a writer to use 'opr_weights'",
        "loss_values: alias: found the old name 'costs', wanted a writer to use 'loss_values'",
    ]
    write_product(tmp_path / "b.h5", load_product(path))
    assert check_file(tmp_path / "b.h5", "product", role="writer").ok
    np.testing.assert_array_equal(load_product(tmp_path / "b.h5").fields["loss_values"], [3.0, 2.0])


@pytest.mark.parametrize(
    ("old", "new"), [("losses", "loss_values"), ("object_layer_distance_m", "object_layer_spacing_m")]
)
def test_other_versions_had_other_names(path: Path, old: str, new: str) -> None:
    with h5py.File(path, "a") as file:
        file.move(new, old)
    assert load_product(path).fields[new].shape == (0,)


def test_the_order_of_a_cube_of_patterns_has_to_be_said(path: Path) -> None:
    with h5py.File(path, "a") as file:
        replaced("probe", np.ones((M, M), complex))(file)
        del file["opr_weights"]
        file["raw_data/diffraction"] = np.ones((M, M, M))
    with pytest.raises(ContractError, match=r"raw_data/diffraction: axis_order: found shape \(4, 4, 4\), which fits"):
        load_product(path)
    with h5py.File(path, "a") as file:
        file["raw_data/diffraction"].attrs["axis_canonical"] = "NHW"
    assert str(load_product(path).raw["axis_order"]) == "NHW"
    with h5py.File(path, "a") as file:
        file["raw_data/diffraction"].attrs["axis_canonical"] = "HWN"
    with pytest.raises(ContractError, match="raw_data/axis_order: one_of: found 'HWN'"):
        load_product(path)


def without(name: str) -> Any:
    def break_it(file: h5py.File) -> None:
        path, sign, attribute = name.partition("@")
        if sign:
            del (file[path] if path else file).attrs[attribute]
        else:
            del file[name]

    return break_it


def replaced(name: str, value: Any) -> Any:
    def break_it(file: h5py.File) -> None:
        kept = dict(file[name].attrs) if name in file else {}
        if name in file:
            del file[name]
        file[name] = value
        file[name].attrs.update(kept)

    return break_it


def attribute(node: str, name: str, value: Any) -> Any:
    return lambda file: file[node].attrs.__setitem__(name, value)


BROKEN = [
    *((without(name), f"{name}: required") for name in ("@name", "@comments", "@detector_object_distance_m")),
    *((without(name), f"{name}: required") for name in ("@exposure_time_s", "probe", "object")),
    *(
        (without(f"{one}@pixel_{side}_m"), f"{one}@pixel_{side}_m: required")
        for one in ("probe", "object")
        for side in ("width", "height")
    ),
    *((without(f"object@center_{axis}_m"), f"object@center_{axis}_m: required") for axis in "xy"),
    *((without(f"probe_position_{axis}"), f"probe_position_{axis}: required") for axis in ("indexes", "x_m", "y_m")),
    (without("object_layer_spacing_m"), "object_layer_spacing_m: required"),
    (without("loss_values"), "loss_values: required"),
    (replaced("object_layer_spacing_m", [1e-6]), r"object_layer_spacing_m: shape: .* \(L - 1\) = 0 with L = 1"),
    (replaced("probe_position_y_m", [0.0] * 3), r"probe_position_y_m: shape: found M = 3"),
    (replaced("probe_position_indexes", [0] * 5), r"probe_position_indexes: shape: found M = 5"),
    (replaced("probe_position_x_m", [0.0, np.nan, 0.0, 0.0]), r"probe_position_x_m: finite: .* at \[1\]"),
    (replaced("object", np.ones((9, 11))), "object: dtype: found float64"),
    (replaced("loss_epochs", [1]), "loss_epochs: shape|loss_values: shape"),
    (attribute("probe", "pixel_width_m", 0.0), "probe@pixel_width_m: positive_somewhere"),
    (attribute("object", "pixel_height_m", -1.0), "object@pixel_height_m: non_negative"),
    (replaced("opr_weights", np.ones((3, 2))), "opr_weights: shape: found M = 3"),
    (replaced("raw_data/xcoords", [0.0] * M), "raw_data/ycoords: together"),
    (replaced("raw_data/diff3d", np.ones((M, N, N + 1))), r"raw_data/diff3d: shape: found N = 7"),
    (replaced("raw_data/measurement_domain", "count_intensity"), "raw_data/scale_contract_version: together"),
]


@pytest.mark.parametrize(("break_it", "message"), BROKEN, ids=[message[:45] for _, message in BROKEN])
def test_a_product_that_breaks_one_rule_is_refused_by_name(path: Path, break_it: Any, message: str) -> None:
    with h5py.File(path, "a") as file:
        break_it(file)
    with pytest.raises(ContractError, match=message) as caught:
        load_product(path)
    # A dataset that is gone takes its attributes with it.
    assert len({one.field.partition("@")[0] for one in caught.value.violations}) == 1


def test_one_layer_without_an_axis_has_no_spacing(path: Path, tmp_path: Path) -> None:
    with h5py.File(path, "a") as file:
        replaced("object", file["object"][0])(file)
        replaced("object_layer_spacing_m", [1e-6])(file)
    message = r"object_layer_spacing_m: shape: found shape \(1,\), wanted shape \(0,\), since object is a single layer"
    with pytest.raises(ContractError, match=message):
        load_product(path)


def test_links_under_raw_data_lead_nowhere_and_groups_are_passed_over(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file["raw_data/probeGuess"] = file["probe"][0]
        file["raw_data/notes/deep"] = 1
    assert list(load_product(path).raw) == ["probeGuess"]
    with h5py.File(path, "a") as file:
        file["raw_data/group"] = h5py.SoftLink("/raw_data/notes")
    with pytest.raises(ContractError, match="raw_data/group: link: found a soft link to '/raw_data/notes'"):
        load_product(path)
    with h5py.File(path, "a") as file:
        del file["raw_data/group"]
        file["raw_data/mine"] = h5py.ExternalLink("/etc/passwd", "x")
    with pytest.raises(ContractError, match="raw_data/mine: link: found an external link to '/etc/passwd'"):
        load_product(path)


@pytest.mark.parametrize("kind", ["<U99999999", "<U1", "|S1", "|O8", "<f8"])
def test_a_stated_type_that_is_no_text_or_too_narrow_or_too_wide_is_not_taken(path: Path, kind: str) -> None:
    with h5py.File(path, "a") as file:
        file["raw_data/label"] = "abc"
        file["raw_data/label"].attrs["numpy_dtype"] = kind
    label = load_product(path).raw["label"]
    assert (str(label), label.dtype.str) == ("abc", "<U3")


def test_names_that_cannot_be_told_and_too_many_of_them_are_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with h5py.File(path, "a") as file:
        file["raw_data/a"] = file["raw_data/b"] = 1
    with monkeypatch.context() as patch:
        patch.setattr("parity_suite.ptychography.datasets.product_file.Limits", lambda: Limits(max_members=1))
        with pytest.raises(ContractError, match="raw_data: members: found 2 names, wanted at most 1"):
            load_product(path)
    with h5py.File(path, "a") as file:
        file["raw_data/a@b"] = 1
    with pytest.raises(ContractError, match="raw_data: name: found the name 'a@b', wanted a name without @"):
        load_product(path)


def test_what_cannot_be_written_is_said_before_anything_is(path: Path, tmp_path: Path) -> None:
    product, out = load_product(path), tmp_path / "b.h5"
    with pytest.raises(ContractError, match=r"b\.h5: 1 contract violation\n  @name: required"):
        write_product(out, Product({name: array for name, array in product.fields.items() if name != "@name"}))
    with pytest.raises(ContractError, match=r"@name: rank: found shape \(2,\) with 1 axes"):
        write_product(out, Product({**product.fields, "@name": np.array(["a", "b"])}))
    with pytest.raises(ContractError, match="probe@colour: unknown: found the name 'probe@colour'"):
        write_product(out, Product({**product.fields, "probe@colour": np.array(1)}))
    with pytest.raises(ValueError, match=r"raw_data/mine: texts of shape \(1, 2\)"):
        write_product(out, Product(product.fields, {"mine": np.array([["a", "b"]])}))
    with pytest.raises(ValueError, match="raw_data/mine: 'utf-8' codec"):
        write_product(out, Product(product.fields, {"mine": np.array([b"\xff"])}))
    with pytest.raises(ValueError, match="raw_data/mine: Object dtype"):
        write_product(out, Product(product.fields, {"mine": np.array([{}], dtype=object)}))
    out.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"b\.h5 exists"):
        write_product(out, product)
    assert out.read_bytes() == b"mine"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.h5", "b.h5"]
