"""A small bundle in which no two numbers are equal, and ways to forge one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_suite.ptychography.bundle import Bundle, BundleError, read_bundle

#: The learned scale that history lost.
SCALE = 9.882118


def make_bundle(seed: int = 20240611, scale: float = SCALE) -> Bundle:
    """Both precisions, no axes and three, an empty tensor; no number occurs twice."""
    rng = np.random.default_rng(seed)
    probe = rng.normal(size=(2, 5, 5)) + 1j * rng.normal(size=(2, 5, 5))
    return Bundle(
        weights={
            "encoder.conv/kernel:0": rng.normal(size=(3, 2, 4)).astype(np.float32),
            "encoder.conv/bias": rng.normal(size=4),
            "gain": np.array(rng.normal(), np.float32),
            "unused": np.empty((0, 3)),
        },
        probe=probe.astype(np.complex64),
        scale=scale,
        config={"gridsize": 2, "rate": 1e-3, "name": "über", "layers": [{"width": 8}, None, True, -0.0, 1.0]},
        versions={"numpy": "2.4", "framework": "1.0"},
    )


def files(folder: Path) -> dict[str, bytes]:
    """The content of every file in a folder, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def weights_path(folder: Path) -> Path:
    (path,) = folder.glob("*.safetensors")
    return path


def same(first: Bundle, second: Bundle) -> bool:
    """Whether two bundles agree bit for bit, types and signs of zero included."""
    return _bits(first) == _bits(second)


def _bits(bundle: Bundle) -> object:
    arrays = {**bundle.weights, "the probe": bundle.probe}
    tensors = {name: (a.dtype.newbyteorder("<").str, a.shape, _little(a)) for name, a in arrays.items()}
    return tensors, float(bundle.scale).hex(), json.dumps(bundle.config, sort_keys=True), dict(bundle.versions)


def _little(array: Any) -> bytes:
    content: bytes = array.astype(array.dtype.newbyteorder("<")).tobytes("C")
    return content


def sign(text: str) -> bytes:
    """The manifest with the digest that belongs to it, found as the page about the format says."""
    lines = text.split("\n")
    places = [number for number, line in enumerate(lines) if line.startswith('  "digest": "')]
    for number in places[:1]:
        lines[number] = f'  "digest": "{"0" * 64}",'
    unsigned = "\n".join(lines).encode("utf-8", "surrogatepass")
    return unsigned.replace(b"0" * 64, hashlib.sha256(unsigned).hexdigest().encode(), 1)


def forge(folder: Path, change: Callable[[Any], object]) -> None:
    """Change the manifest and sign it again, so that its digest does not give the change away."""
    path = folder / "manifest.json"
    document = json.loads(path.read_bytes())
    change(document)
    path.write_bytes(sign(json.dumps(document, indent=2, sort_keys=True) + "\n"))


def forge_weights(folder: Path, content: bytes, change: Callable[[Any], object] = lambda document: None) -> None:
    """Put another weights file in the place of the old one, with the size, name and digest that belong to it."""
    weights_path(folder).unlink()
    sha256 = hashlib.sha256(content).hexdigest()
    name = f"weights-{sha256}.safetensors"
    (folder / name).write_bytes(content)

    def describe(document: Any) -> None:
        document["weights_file"] = {"bytes": len(content), "name": name, "sha256": sha256}
        change(document)

    forge(folder, describe)


def put(*path: str, value: Any) -> Callable[[Any], object]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change


def nested(depth: int) -> Any:
    return [] if depth == 0 else [nested(depth - 1)]


def refusal(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        read_bundle(folder)
    assert str(caught.value).startswith(f"{folder}: ")
    return str(caught.value)
