"""HDF5 files read in the process of the test, and not in one of their own: what reads them is right by itself."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from test_hostile_hdf5 import (  # noqa: F401
    X,
    made,
    test_a_chunk_that_has_to_be_read_as_a_whole,
    test_a_filter_from_a_plug_in,
    test_a_group_that_contains_itself_is_not_walked,
    test_a_long_attribute,
    test_elements_come_in_c_order,
    test_text_that_is_no_utf8,
    test_texts_and_attributes,
    test_what_is_refused,
)

from parity_suite.contracts.containers import hdf5_worker, isolated
from parity_suite.contracts.containers.hdf5 import read_hdf5
from parity_suite.contracts.limits import Limits


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "open_hdf5", read_hdf5)
    monkeypatch.setattr(hdf5_worker, "_bound_memory", lambda most: None)


def answer(path: Path, wanted: list[str], *, read: bool) -> list[bytes]:
    """The frames that the worker answers with."""
    asked = {"path": bytes(path).hex(), "wanted": wanted, "limits": vars(Limits(block_bytes=16)), "read": read}
    out = io.BytesIO()
    hdf5_worker._answer(asked, out)
    frames, said = [], out.getvalue()
    while said:
        (size,) = isolated.LENGTH.unpack(said[: isolated.LENGTH.size])
        said = said[isolated.LENGTH.size :]
        frames.append(said[:size])
        said = said[size:]
    return frames


def test_the_worker_says_what_a_file_holds(tmp_path: Path) -> None:
    path = made(tmp_path / "scan.h5", lambda file: file.create_dataset("x", data=X))
    (said,) = answer(path, ["x"], read=False)
    assert json.loads(said) == {"names": ["x"], "values": {"x": {"dtype": "<f8", "shape": [3]}}}


def test_the_worker_sends_blocks_and_an_empty_one_at_the_end(tmp_path: Path) -> None:
    path = made(tmp_path / "scan.h5", lambda file: file.create_dataset("x", data=X))
    _, *blocks, end, broken = answer(path, ["x"], read=True)
    assert np.frombuffer(b"".join(blocks)).tolist() == X.tolist()
    assert len(blocks) == 2
    assert (end, json.loads(broken)) == (b"", {"broken": None})


def test_the_worker_says_what_it_refuses(tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    path.write_bytes(b"no such file format")
    (said,) = answer(path, ["x"], read=False)
    (refused,) = json.loads(said)["refused"]
    assert refused["rule"] == "readable"
