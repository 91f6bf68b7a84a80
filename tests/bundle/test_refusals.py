"""Bundles that were made wrong, and carry every digest that belongs to them, are refused by name."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import struct
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_samples import SCALE, files, forge, forge_weights, same, sign, weights_path
from safetensors.numpy import load, save

from parity_suite.bundle import Bundle, BundleError, check_weights, read_bundle, write_bundle

KERNEL = "weights/encoder.conv/kernel:0"


def refusal(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        read_bundle(folder)
    assert str(caught.value).startswith(f"{folder}: ")
    return str(caught.value)


def test_a_forged_manifest_is_well_signed(folder: Path, bundle: Bundle) -> None:
    """Otherwise the refusals below would be the digest's."""
    before = files(folder)
    forge(folder, lambda document: None)
    assert files(folder) == before
    forge(folder, lambda document: document.update(scale=2.5))
    assert same(read_bundle(folder), replace(bundle, scale=2.5))


def put(*path: str, value: Any) -> Callable[[Any], object]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change


def drop(*path: str) -> Callable[[Any], object]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    return change


def nested(depth: int) -> Any:
    return [] if depth == 0 else [nested(depth - 1)]


TENSOR = {"dtype": "float32", "sha256": "0" * 64, "shape": [1]}
FORGERIES = [
    (put("format", value="parity-suite-bundles"), "format: known"),
    (drop("format"), "format: known"),
    (put("format_version", value=2), "format_version: known: found 2"),
    (put("format_version", value=0), "format_version: known: found 0"),
    (put("format_version", value=True), "format_version: known"),
    (put("format_version", value=1.0), "format_version: known"),
    (drop("scale"), "scale: missing"),
    *[(put("scale", value=value), "scale: positive") for value in (None, 0, -0.0, -SCALE, "9.88", True, [SCALE], {})],
    (put("scale", value=10**400), "scale: positive"),
    (put("scale", value=2**53 + 1), "scale: positive"),
    *[(drop(name), f"{name}: missing") for name in ("config", "probe", "tensors", "versions", "weights_file")],
    (put("scales", value=1.0), "'scales': extra"),
    (put("config", value=[]), "config: type"),
    (put("config", "deep", value=nested(40)), "at most 32 levels"),
    (put("versions", value={"numpy": 2}), "versions: text"),
    (put("probe", value=None), "probe: type"),
    (put("probe", "dtype", value="complex256"), "probe.dtype: one_of"),
    (put("probe", "dtype", value=["complex64"]), "probe.dtype: one_of"),
    (put("probe", "dtype", value="complex128"), "probe/imag: probe: found float32"),
    (put("probe", "shape", value=[2, 25]), "probe: shape"),
    (put("probe", "shape", value=[2, 5, 4]), "probe: shape"),
    (put("probe", "shape", value=[1, 5, 5]), "probe/real: probe"),
    (put("probe", "shape", value=[2, 5, 5.0]), "probe.shape: shape"),
    (put("probe", "sha256", value="0" * 64), "probe.'sha256': extra"),
    (put("tensors", value=[]), "tensors: type"),
    (drop("tensors", "probe/imag"), "probe/imag: missing"),
    (drop("tensors", KERNEL), f"{KERNEL}: extra"),
    (put("tensors", "weights/more", value=TENSOR), "weights/more: missing"),
    (put("tensors", "other/more", value=TENSOR), "'other/more': name"),
    (put("tensors", "weights/a b", value=TENSOR), "'weights/a b': name"),
    (put("tensors", "weights/", value=TENSOR), "'weights/': name"),
    (put("tensors", KERNEL, value=7), f"{KERNEL}: type"),
    (drop("tensors", KERNEL, "sha256"), f"{KERNEL}.sha256: missing"),
    (put("tensors", KERNEL, "offset", value=0), f"{KERNEL}.'offset': extra"),
    (put("tensors", KERNEL, "dtype", value="float64"), f"{KERNEL}: dtype: found float32"),
    (put("tensors", KERNEL, "dtype", value="float16"), f"{KERNEL}.dtype: one_of"),
    (put("tensors", KERNEL, "shape", value=[3, 2, 3]), rf"{KERNEL}: shape: found \(3, 2, 4\)"),
    (put("tensors", KERNEL, "shape", value=[-3, -2, 4]), f"{KERNEL}.shape: shape"),
    (put("tensors", KERNEL, "shape", value=[True]), f"{KERNEL}.shape: shape"),
    (put("tensors", KERNEL, "shape", value=[1] * 65), f"{KERNEL}.shape: shape"),
    (put("tensors", KERNEL, "shape", value=[2**70]), f"{KERNEL}.shape: shape"),
    (put("tensors", KERNEL, "shape", value=[2**62, 2**62]), "weights_file.bytes: size: found"),
    (put("tensors", KERNEL, "sha256", value="0" * 64), f"{KERNEL}: sha256: found"),
    (put("tensors", KERNEL, "sha256", value="0" * 63 + "G"), f"{KERNEL}.sha256: sha256"),
    (put("weights_file", value="weights"), "weights_file: type"),
    (drop("weights_file", "name"), "weights_file.name: missing"),
    *[
        (put("weights_file", "name", value=name), "weights_file.name: (name|type)")
        for name in ("", ".", "../weights.safetensors", "/etc/passwd", "manifest.json", "a/b", None, "weights\0")
    ],
    (put("weights_file", "sha256", value="../" * 21 + "0"), "weights_file.sha256: sha256"),
    (put("weights_file", "bytes", value=-1), "weights_file.bytes: count"),
    (put("weights_file", "bytes", value=1), "weights_file.bytes: size"),
    (put("weights_file", "bytes", value=10**6), "safetensors: size"),
]


@pytest.mark.parametrize(("change", "message"), FORGERIES)
def test_a_forged_manifest_is_refused_by_field(folder: Path, change: Callable[[Any], object], message: str) -> None:
    forge(folder, change)
    with pytest.raises(BundleError, match=message):
        read_bundle(folder)
    assert "digest" not in refusal(folder)


def test_everything_wrong_with_the_fields_is_said_at_once(folder: Path) -> None:
    def change(document: Any) -> None:
        del document["versions"]
        document["scale"] = None
        document["tensors"][KERNEL]["dtype"] = "int8"

    forge(folder, change)
    with pytest.raises(BundleError) as caught:
        read_bundle(folder)
    fields = [violation.field for violation in caught.value.violations]
    assert fields == ["versions", "scale", f"{KERNEL}.dtype"]


def edit(text: str, wanted: str) -> Callable[[str], str]:
    def change(manifest: str) -> str:
        assert manifest.count(text) == 1
        return manifest.replace(text, wanted)

    return change


TEXTS = [
    (lambda text: "", "manifest.json: json"),
    (lambda text: "null", "manifest.json: type: found null"),
    (lambda text: "[1]", "manifest.json: type"),
    (lambda text: text[:-3], "manifest.json: json"),
    (lambda text: text + "{}", "manifest.json: json"),
    (lambda text: "\ufeff" + text, "manifest.json: json"),
    (lambda text: text.replace("numpy", "\ud800"), "manifest.json: json.*utf-8"),
    (lambda text: "[" * 200_000, "manifest.json: json: found nested too deeply"),
    (edit('"scale": 9.882118', '"scale": 9.882118,\n  "scale": 9.882118'), "duplicate key 'scale'"),
    (edit('"width": 8', '"width": 8, "width": 8'), "duplicate key 'width'"),
    *[(edit("9.882118", name), f"{name} is no JSON number") for name in ("NaN", "Infinity", "-Infinity")],
    (edit("9.882118", "1e999"), "scale: positive: found inf"),
    (edit("9.882118", "1e-999"), "scale: positive: found 0.0"),
    (edit("9.882118", "9" * 5000), "manifest.json: json"),
    (edit("0.001", "1e999"), "config.rate: finite"),
    (edit("0.001", "9" * 400), "config.rate: size"),
    (edit("9.882118", "09.882118"), "manifest.json: json"),
    (edit("9.882118", "__import__('os').abort()"), "manifest.json: json"),
]


@pytest.mark.parametrize(("change", "message"), TEXTS)
def test_text_that_is_no_strict_json_is_refused(folder: Path, change: Callable[[str], str], message: str) -> None:
    path = folder / "manifest.json"
    path.write_bytes(sign(change(path.read_text("utf-8"))))
    with pytest.raises(BundleError, match=message):
        read_bundle(folder)


@pytest.mark.parametrize(
    "change",
    [
        edit("9.882118", "9.882119"),
        edit('"scale": 9.882118', '"scale":  9.882118'),
        edit('  "digest": ', '   "digest": '),
        lambda text: text + "\n",
        lambda text: text.replace("\n", "\r\n"),
    ],
)
def test_a_manifest_changed_by_hand_is_refused(folder: Path, change: Callable[[str], str]) -> None:
    path = folder / "manifest.json"
    path.write_bytes(change(path.read_text("utf-8")).encode())
    assert "\n  digest: content: " in refusal(folder)


def raw_safetensors(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


HUGE = {"a": {"dtype": "F64", "shape": [2**40], "data_offsets": [0, 2**43]}}
TENSOR_FILES = [
    b"\0" * 8,
    struct.pack("<Q", 2**63) + b"{}",
    raw_safetensors(b"[" * 100_000),
    raw_safetensors(HUGE, b"\0" * 8),
    raw_safetensors({"a": {"dtype": "F32", "shape": [2**62, 2**62], "data_offsets": [0, 4]}}, b"\0" * 4),
    raw_safetensors({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, b"\0" * 8),
    raw_safetensors({"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, b"\0" * 2),
    pickle.dumps({"weights": 1}),
]


@pytest.mark.parametrize("content", TENSOR_FILES)
def test_a_weights_file_that_is_no_safetensors_is_refused_in_little_memory(folder: Path, content: bytes) -> None:
    def declare_little(document: Any) -> None:
        # Otherwise the size would do to refuse it.
        document["probe"]["shape"] = [1, 1, 1]
        document["tensors"] = {name: {**TENSOR, "shape": [1, 1, 1]} for name in ("probe/real", "probe/imag")}

    forge_weights(folder, content, declare_little)
    tracemalloc.start()
    try:
        message = refusal(folder)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "safetensors: readable" in message
    assert peak < 2**20


def change_tensors(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        tensors = load(content)
        change(tensors)
        return save(tensors)

    return changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tensors: tensors.pop(KERNEL), f"{KERNEL}: missing"),
        (lambda tensors: tensors.update(more=np.zeros(1)), "more: extra"),
        (lambda tensors: tensors.update({KERNEL: tensors[KERNEL].T.copy()}), f"{KERNEL}: shape"),
        (lambda tensors: tensors.update({KERNEL: tensors[KERNEL].astype(np.float16)}), f"{KERNEL}: dtype"),
        (lambda tensors: tensors.update({KERNEL: tensors[KERNEL].view(np.int32)}), f"{KERNEL}: dtype"),
        (lambda tensors: tensors.update({KERNEL: -tensors[KERNEL]}), f"{KERNEL}: sha256"),
    ],
)
def test_tensors_other_than_those_listed_are_refused_by_name(
    folder: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    content = change_tensors(change)(weights_path(folder).read_bytes())
    forge_weights(folder, content)
    with pytest.raises(BundleError, match=message):
        read_bundle(folder)


@pytest.mark.parametrize("name", [KERNEL, "probe/real", "probe/imag"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused_by_name(folder: Path, name: str, value: float) -> None:
    tensors = load(weights_path(folder).read_bytes())
    tensors[name][1, 1, 1] = value
    sha256 = hashlib.sha256(tensors[name].tobytes()).hexdigest()
    forge_weights(folder, save(tensors), put("tensors", name, "sha256", value=sha256))
    field = name.split("/")[0] if name.startswith("probe") else name
    assert f"{field}: finite: found" in refusal(folder)


def test_places_that_hold_no_bundle_are_refused(tmp_path: Path) -> None:
    assert "folder: missing" in refusal(tmp_path / "nowhere")
    assert "manifest.json: missing" in refusal(tmp_path)
    (tmp_path / "file").touch()
    assert "folder: missing" in refusal(tmp_path / "file")
    (tmp_path / "manifest.json").mkdir()
    assert "manifest.json: file: found no regular file" in refusal(tmp_path)


@pytest.mark.parametrize("pattern", ["manifest.json", "*.safetensors"])
def test_links_and_pipes_are_not_followed(tmp_path: Path, folder: Path, pattern: str) -> None:
    (path,) = folder.glob(pattern)
    outside = path.rename(tmp_path / "outside")
    path.symlink_to(outside)
    assert f"{path.name}: file: found a symbolic link" in refusal(folder)
    path.unlink()
    # Opening a pipe would wait for ever.
    os.mkfifo(path)
    assert f"{path.name}: file: found no regular file" in refusal(folder)
    path.unlink()
    outside.rename(path)
    read_bundle(folder)


@pytest.mark.parametrize(("pattern", "size"), [("manifest.json", 2**30), ("*.safetensors", 5 * 2**30)])
def test_huge_files_are_refused_unread(folder: Path, pattern: str, size: int) -> None:
    (path,) = folder.glob(pattern)
    if path.suffix == ".safetensors":
        forge(folder, put("weights_file", "bytes", value=size))
    # Sparse: it takes no room on disk.
    os.truncate(path, size)
    tracemalloc.start()
    try:
        assert f"{path.name}: size: found {size} bytes, wanted at most" in refusal(folder)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


UNFIT = [
    ({"scale": None}, "scale: positive"),
    ({"scale": 0.0}, "scale: positive"),
    ({"scale": float("nan")}, "scale: positive"),
    ({"scale": np.array(SCALE)}, "scale: positive"),
    ({"scale": np.longdouble(1) + np.finfo(np.longdouble).eps}, "scale: positive"),
    ({"scale": 10**5000}, "scale: positive"),
    ({"weights": [np.ones(2)]}, "weights: type"),
    ({"weights": {"a b": np.ones(2)}}, "weights: name: found 'a b'"),
    ({"weights": {7: np.ones(2)}}, "weights: name: found 7"),
    ({"weights": {"a": [1.0]}}, "weights/a: type: found list"),
    ({"weights": {"a": np.ma.masked_array([1.0], [True])}}, "weights/a: type: found MaskedArray"),
    ({"weights": {"a": np.ones(2, np.float16)}}, "weights/a: dtype: found float16"),
    ({"weights": {"a": np.ones(2, object)}}, "weights/a: dtype: found object"),
    ({"weights": {"a": np.array([1, np.nan])}}, r"weights/a: finite: found nan .* at \[1\]"),
    ({"probe": np.ones((1, 4, 4))}, "probe: dtype"),
    ({"probe": np.ones((4, 4), np.complex64)}, "probe: shape"),
    ({"probe": np.ones((0, 4, 4), np.complex64)}, "probe: shape"),
    ({"probe": np.full((1, 4, 4), complex(0, np.inf))}, "probe: finite"),
    ({"config": [1]}, "config: type"),
    ({"config": {"a": [{"b": (1, 2)}]}}, r"config.a\[0\].b: json: found tuple"),
    ({"config": {"a": np.int64(1)}}, "config.a: json: found int64"),
    ({"config": {1: 1}}, "config: key: found 1"),
    ({"config": {"a": float("inf")}}, "config.a: finite"),
    ({"config": {"a": 10**5000}}, "config.a: size"),
    ({"config": {"a": nested(40)}}, "at most 32 levels"),
    ({"config": {"a": "x" * 2**22}}, "manifest.json: size"),
    ({"versions": {"numpy": 2}}, "versions: text"),
    ({"versions": None}, "versions: type"),
]


@pytest.mark.parametrize(("changed", "message"), UNFIT)
def test_an_unfit_bundle_is_not_written(
    folder: Path, tmp_path: Path, bundle: Bundle, changed: dict[str, Any], message: str
) -> None:
    before = files(folder)
    with pytest.raises(BundleError, match=message):
        write_bundle(folder, replace(bundle, **changed))
    assert files(folder) == before
    with pytest.raises(BundleError, match=message):
        write_bundle(tmp_path / "new", replace(bundle, **changed))
    assert not (tmp_path / "new").exists()


def test_check_weights_names_each_that_is_wrong() -> None:
    weights = {"kernel": np.ones((3, 2)), "bias": np.ones(2), "gain": np.ones(()), "old": np.ones(1)}
    check_weights(weights, {"kernel": (3, 2), "bias": (2,), "gain": (), "old": (1,)})
    with pytest.raises(BundleError) as caught:
        check_weights(weights, {"kernel": (2, 3), "bias": (2,), "gain": (), "new": (5,)})
    assert [str(violation) for violation in caught.value.violations] == [
        "kernel: shape: found (3, 2), wanted (2, 3)",
        "new: missing: found nothing, wanted (5,)",
        "old: extra: found (1,), wanted no such weight",
    ]


def test_the_error_survives_the_way_between_processes(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        read_bundle(tmp_path / "nowhere")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is BundleError
    assert str(copy) == str(caught.value)
    assert isinstance(copy, ValueError)
