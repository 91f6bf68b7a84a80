"""Bundles that were made wrong, and carry every digest that belongs to them, are refused by name."""

from __future__ import annotations

import hashlib
import json
import pickle
import struct
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_samples import SCALE, files, forge, forge_weights, nested, put, refusal, same, sign, weights_path
from safetensors.numpy import load, save

from parity_suite.ptychography.bundle import Bundle, BundleError, read_bundle

KERNEL = "weights/encoder.conv/kernel:0"


def test_a_forged_manifest_is_well_signed(folder: Path, bundle: Bundle) -> None:
    """Otherwise the refusals below would be the digest's."""
    before = files(folder)
    forge(folder, lambda document: None)
    assert files(folder) == before
    forge(folder, lambda document: document.update(scale=2.5))
    assert same(read_bundle(folder), replace(bundle, scale=2.5))


def drop(*path: str) -> Callable[[Any], object]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    return change


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
    (edit("9.882118", "1e999"), "manifest.json: json: found 1e999, which is no finite float64"),
    (edit("9.882118", "1e-999"), "scale: positive: found 0.0"),
    (edit("9.882118", "9" * 5000), "manifest.json: json"),
    (edit("0.001", "1e999"), "manifest.json: json: found 1e999, which is no finite float64"),
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


@pytest.mark.parametrize("digest", ["null", "7", '""', '"ü"', "[]", f'"{"0" * 64}"', f'"{"A" * 64}"'])
def test_another_digest_is_refused(folder: Path, digest: str) -> None:
    path = folder / "manifest.json"
    written = json.loads(path.read_bytes())["digest"]
    path.write_text(path.read_text("utf-8").replace(f'"{written}"', digest), "utf-8")
    assert "\n  digest: " in refusal(folder)


def test_a_manifest_without_a_digest_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    lines = path.read_text("utf-8").split("\n")
    path.write_text("\n".join(line for line in lines if not line.startswith('  "digest": ')), "utf-8")
    assert "\n  digest: missing: " in refusal(folder)


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
