"""What goes in comes out, bit for bit, and gives the same bytes whoever writes it."""

from __future__ import annotations

import hashlib
import json
import math
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_samples import SCALE, files, make_bundle, same, weights_path
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from parity_suite.ptychography.bundle import FORMAT, Bundle, read_bundle, write_bundle

NAMES = st.text("abcXYZ019_./:+-", min_size=1, max_size=12)
FINITE = {"allow_nan": False, "allow_infinity": False}
ARRAYS = st.sampled_from([np.float32, np.float64]).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3), elements=FINITE)
)
PROBES = st.sampled_from([np.complex64, np.complex128]).flatmap(
    lambda dtype: hnp.arrays(dtype, st.sampled_from([(1, 2, 2), (2, 3, 3)]), elements=FINITE)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(**FINITE) | st.text(max_size=5),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3),
    max_leaves=8,
)
SCALES = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
BUNDLES = st.builds(
    Bundle,
    weights=st.dictionaries(NAMES, ARRAYS, max_size=4),
    probe=PROBES,
    scale=SCALES,
    config=st.dictionaries(st.text(max_size=5), JSON, max_size=4),
    versions=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


def test_what_goes_in_comes_out(folder: Path, bundle: Bundle) -> None:
    found = read_bundle(folder)
    assert same(found, bundle)
    assert not same(found, replace(bundle, weights={**bundle.weights, "gain": -bundle.weights["gain"]}))
    assert list(found.weights) == sorted(bundle.weights)
    for array in (*found.weights.values(), found.probe):
        assert array.flags.writeable
        assert array.dtype.isnative


@pytest.fixture(scope="module")
def two_folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")


@settings(max_examples=50, deadline=None)
@given(bundle=BUNDLES)
def test_any_bundle_comes_back_and_writes_the_same_bytes(two_folders: tuple[Path, Path], bundle: Bundle) -> None:
    first, second = two_folders
    write_bundle(first, bundle)
    found = read_bundle(first)
    assert same(found, bundle)
    write_bundle(second, found)
    assert files(first) == files(second)


@pytest.mark.parametrize(
    ("scale", "wanted"),
    [
        (SCALE, SCALE),
        (np.float32(SCALE), 9.882118225097656),
        (np.float64(0.1) + np.float64(0.2), 0.30000000000000004),
        (7, 7.0),
        (5e-324, 5e-324),
        (sys.float_info.max, sys.float_info.max),
    ],
)
def test_the_scale_comes_back_bit_for_bit(tmp_path: Path, bundle: Bundle, scale: Any, wanted: float) -> None:
    write_bundle(tmp_path, replace(bundle, scale=scale))
    found = read_bundle(tmp_path).scale
    assert type(found) is float
    assert struct.pack("<d", found) == struct.pack("<d", wanted)


def reversed_order(bundle: Bundle) -> Bundle:
    def turned(mapping: Mapping[str, Any]) -> dict[str, Any]:
        return dict(reversed(mapping.items()))

    changed = {name: turned(getattr(bundle, name)) for name in ("weights", "config", "versions")}
    return replace(bundle, **changed)


def every_array(change: Callable[[Any], Any]) -> Callable[[Bundle], Bundle]:
    def changed(bundle: Bundle) -> Bundle:
        weights = {name: change(value) for name, value in bundle.weights.items()}
        return replace(bundle, weights=weights, probe=change(bundle.probe))

    return changed


def strided(array: Any) -> Any:
    """A view of every second element of a larger array."""
    wide = np.repeat(array[..., None], 2, axis=-1)
    wide[..., 1] = 77
    return np.asarray(wide[..., 0])


@pytest.mark.parametrize(
    "other",
    [
        reversed_order,
        every_array(lambda array: np.array(array, order="F")),
        every_array(strided),
        every_array(lambda array: array.astype(array.dtype.newbyteorder(">"))),
        lambda bundle: make_bundle(),
    ],
    ids=["order of the mappings", "Fortran order", "strides", "big-endian", "written twice"],
)
def test_equal_bundles_give_equal_bytes(
    tmp_path: Path, folder: Path, bundle: Bundle, other: Callable[[Bundle], Bundle]
) -> None:
    write_bundle(tmp_path / "other", other(bundle))
    assert files(tmp_path / "other") == files(folder)


@pytest.mark.parametrize(
    "other",
    [
        lambda bundle: replace(bundle, scale=math.nextafter(SCALE, 10)),
        lambda bundle: replace(bundle, probe=bundle.probe.conj()),
        lambda bundle: replace(bundle, probe=bundle.probe.astype(np.complex128)),
        lambda bundle: replace(bundle, config={**bundle.config, "gridsize": 2.0}),
        lambda bundle: replace(bundle, versions={**bundle.versions, "numpy": "2.5"}),
        every_array(lambda array: np.ascontiguousarray(array.T).reshape(array.shape)),
    ],
)
def test_different_bundles_give_different_bytes(
    tmp_path: Path, folder: Path, bundle: Bundle, other: Callable[[Bundle], Bundle]
) -> None:
    write_bundle(tmp_path / "other", other(bundle))
    assert files(tmp_path / "other") != files(folder)
    assert same(read_bundle(tmp_path / "other"), other(bundle))


READING = """
import sys
from pathlib import Path
from parity_suite.ptychography.bundle import read_bundle, write_bundle
found = read_bundle(Path(sys.argv[1]))
write_bundle(Path(sys.argv[2]), found)
print(found.scale.hex(), *sorted({"torch", "tensorflow"} & set(sys.modules)))
"""


def test_a_fresh_process_reads_what_this_one_wrote(tmp_path: Path, folder: Path) -> None:
    command = [sys.executable, "-c", READING, str(folder), str(tmp_path / "other")]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert output.split() == [SCALE.hex()]
    assert files(tmp_path / "other") == files(folder)


def test_importing_the_package_imports_no_numpy() -> None:
    code = (
        "import sys, parity_suite.ptychography.bundle as b;"
        "print('numpy' in sys.modules, b.FORMAT, 'numpy' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.split() == ["False", FORMAT, "True"]


def test_the_format_is_what_its_page_says(folder: Path, bundle: Bundle) -> None:
    """Read with nothing but JSON, sha256 and the layout of safetensors."""
    raw = (folder / "manifest.json").read_bytes()
    manifest = json.loads(raw)
    unsigned = raw.replace(manifest["digest"].encode(), b"0" * 64)
    assert hashlib.sha256(unsigned).hexdigest() == manifest["digest"]
    assert (manifest["format"], manifest["format_version"]) == ("parity-suite-bundle", 1)
    assert (manifest["scale"], manifest["config"], manifest["versions"]) == (SCALE, bundle.config, bundle.versions)

    content = weights_path(folder).read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    name = f"weights-{sha256}.safetensors"
    assert manifest["weights_file"] == {"bytes": len(content), "name": name, "sha256": sha256}
    assert set(files(folder)) == {"manifest.json", name}

    (length,) = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    probe = {"probe/real": bundle.probe.real, "probe/imag": bundle.probe.imag}
    expected = {**probe, **{f"weights/{name}": value for name, value in bundle.weights.items()}}
    assert header.keys() == manifest["tensors"].keys() == expected.keys()
    for name, value in expected.items():
        start, end = header[name]["data_offsets"]
        assert data[start:end] == value.astype(value.dtype.newbyteorder("<")).tobytes()
        assert manifest["tensors"][name] == {
            "dtype": value.dtype.name,
            "sha256": hashlib.sha256(data[start:end]).hexdigest(),
            "shape": list(value.shape),
        }
