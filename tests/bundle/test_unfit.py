"""Content that is no bundle is not written, and weights are held against an architecture."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_samples import SCALE, files, nested

from parity_suite.ptychography.bundle import Bundle, BundleError, check_weights, read_bundle, write_bundle

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
