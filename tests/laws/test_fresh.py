"""Bundles in a fresh process: what came of each load, and a process that dies is no answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from learner import Broken, Counting, Dying, Learner, subject_of

from parity_suite.ptychography.laws.fresh import load_bundles

AMPLITUDE = np.linspace(0.5, 3, 2 * 4 * 4 * 1).reshape(2, 4, 4, 1).astype(np.float32)


def _saved(folder: Path, scale: float, weight: float = 1 / 3) -> Learner:
    model = Learner()
    model.held = {"intensity_scale": scale, "weight": np.array([weight], np.float32)}
    model.save(str(folder))
    return model


def test_what_was_saved_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    # No decimal of a usual length gives this number.
    scale = float(np.nextafter(9.882118, 10))
    models = {"one": _saved(tmp_path / "one", scale), "two": _saved(tmp_path / "two", 5e-324, 7.0)}
    loads = {
        "one": {"load": str(tmp_path / "one"), "save": str(tmp_path / "again")},
        "two": {"load": str(tmp_path / "two")},
    }
    found = load_bundles(subject_of(Learner), loads, AMPLITUDE, tmp_path / "fresh")
    for name, model in models.items():
        assert (found[name].refused, found[name].broken) == ("", "")
        assert found[name].state == model.state()
        assert isinstance(found[name].state["intensity_scale"], float)
        assert found[name].patches.dtype == np.complex64
        assert np.array_equal(found[name].patches, model.infer(AMPLITUDE))
    assert (tmp_path / "again" / "model.json").read_bytes() == (tmp_path / "one" / "model.json").read_bytes()


def test_a_refusal_does_not_keep_the_next_from_being_read(tmp_path: Path) -> None:
    _saved(tmp_path / "good", 2.0)
    (tmp_path / "empty").mkdir()
    loads = {name: {"load": str(tmp_path / name)} for name in ("empty", "good")}
    found = load_bundles(subject_of(Learner), loads, AMPLITUDE, tmp_path / "fresh")
    assert found["empty"].refused.startswith("FileNotFoundError: ")
    assert (found["empty"].broken, found["empty"].state, found["empty"].patches.size) == ("", {}, 0)
    assert found["good"].state["intensity_scale"] == 2.0


def test_each_load_is_into_an_instance_of_its_own(tmp_path: Path) -> None:
    loads = {name: {"load": str(tmp_path)} for name in ("one", "two")}
    found = load_bundles(subject_of(Counting), loads, AMPLITUDE, tmp_path / "fresh")
    assert [found[name].state["weight"].tolist() for name in loads] == [[1], [1]]


def test_a_load_that_lets_through_what_breaks_later_is_no_refusal(tmp_path: Path) -> None:
    found = load_bundles(subject_of(Broken), {"one": {"load": str(tmp_path)}}, AMPLITUDE, tmp_path / "fresh")["one"]
    assert (found.refused, found.broken) == ("", "LookupError: no scale was read")


@pytest.mark.parametrize("status", ["0", "3"])
def test_a_process_that_dies_is_an_error(tmp_path: Path, status: str) -> None:
    with pytest.raises(RuntimeError, match=r"^a fresh process failed: out of luck"):
        load_bundles(subject_of(Dying), {"one": {"load": status}}, AMPLITUDE, tmp_path / "fresh")


def test_a_backend_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    subject: Any = subject_of(Learner, precision="float7")
    with pytest.raises(RuntimeError, match="float7"):
        load_bundles(subject, {"one": {"load": "x"}}, AMPLITUDE, tmp_path / "fresh")
