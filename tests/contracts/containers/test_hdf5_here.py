"""HDF5 files read in the process of the test, and not in one of their own: what reads them is right by itself."""

from __future__ import annotations

import io
import json
from pathlib import Path

import h5py
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

#: As it is, where a test holds it off the process of the tests.
_BOUND_MEMORY = hdf5_worker._bound_memory


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "open_hdf5", read_hdf5)
    monkeypatch.setattr(hdf5_worker, "_bound_memory", lambda most: None)
    monkeypatch.setattr(hdf5_worker, "_bound_time", lambda seconds: None)


def answer(path: Path, wanted: list[str], *, read: bool) -> list[bytes]:
    """The frames that the worker answers with."""
    asked = {
        "path": bytes(path).hex(),
        "wanted": wanted,
        "limits": vars(Limits(block_bytes=16)),
        "seconds": 9,
        "read": read,
    }
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
    assert json.loads(said) == {"names": ["x"], "values": {"x": {"dtype": "<f8", "shape": [3]}}, "left": 0.0}


def test_the_worker_sends_blocks_and_an_empty_one_at_the_end(tmp_path: Path) -> None:
    path = made(tmp_path / "scan.h5", lambda file: file.create_dataset("x", data=X))
    _, *blocks, end, broken = answer(path, ["x"], read=True)
    assert np.frombuffer(b"".join(blocks)).tolist() == X.tolist()
    assert len(blocks) == 2
    assert (end, json.loads(broken)) == (b"", {"broken": None, "left": 0.0})


def test_the_worker_says_what_it_refuses(tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    path.write_bytes(b"no such file format")
    (said,) = answer(path, ["x"], read=False)
    (refused,) = json.loads(said)["refused"]
    assert refused["rule"] == "readable"


def test_the_worker_answers_line_after_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both questions as the other side asks them, and what is written by the time that the next is read."""
    path = made(tmp_path / "scan.h5", lambda file: file.create_dataset("x", data=X))
    asked = {"path": bytes(path).hex(), "wanted": ["x"], "limits": vars(Limits()), "seconds": 9, "read": False}
    lines = io.BytesIO(json.dumps(asked).encode() + b"\n" + json.dumps({**asked, "wanted": ["y"]}).encode() + b"\n")
    said = io.BytesIO()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(lines))
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(said))
    hdf5_worker.main()
    first, second = (
        json.dumps({"names": ["x"], "values": values, "left": 0.0}).encode()
        for values in ({"x": {"dtype": "<f8", "shape": [3]}}, {})
    )
    assert said.getvalue() == b"".join(isolated.LENGTH.pack(len(one)) + one for one in (first, second))


def test_the_worker_describes_what_cannot_be_read(tmp_path: Path) -> None:
    path = made(tmp_path / "scan.h5", lambda file: file.create_group("x"))
    described, _, broken = answer(path, ["x"], read=True)
    assert json.loads(described)["values"]["x"]["violation"]["found"] == "a group"
    assert json.loads(broken) == {"broken": None, "left": 0.0}


def test_the_worker_sends_a_value_that_is_no_array_of_the_file(tmp_path: Path) -> None:
    """An attribute is read as a whole, and sent in blocks all the same."""
    path = made(tmp_path / "scan.h5", lambda file: file.attrs.__setitem__("x", X))
    _, *blocks, end, broken = answer(path, ["@x"], read=True)
    assert [np.frombuffer(block).tolist() for block in blocks] == [X[:2].tolist(), X[2:].tolist()]
    assert (end, json.loads(broken)) == (b"", {"broken": None, "left": 0.0})


def test_the_worker_says_where_elements_break_off(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        data = file.create_dataset("x", (3,), "f8", chunks=(3,), compression="gzip")
        data.id.write_direct_chunk((0,), b"no deflate stream")

    _, end, broken = answer(made(tmp_path / "scan.h5", fill), ["x"], read=True)
    assert end == b""
    assert "filter returned failure" in json.loads(broken)["broken"]


def test_the_limit_of_memory_is_beyond_what_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    if not Path("/proc/self/statm").exists():
        pytest.skip("no /proc")
    asked: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda which, limit: asked.append((which, limit)))
    _BOUND_MEMORY(5 * 2**30)
    ((which, (soft, hard)),) = asked
    assert (which, hard) == (resource.RLIMIT_AS, resource.getrlimit(resource.RLIMIT_AS)[1])
    taken = soft - 5 * 2**30
    # The address space of this process, which holds at least what is in memory.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 4 < taken < 2**44


def test_without_a_limit_of_memory_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    for error in (OSError, ValueError):

        def refuse(*_: object, error: type[Exception] = error) -> None:
            raise error

        monkeypatch.setattr(resource, "setrlimit", refuse)
        _BOUND_MEMORY(2**30)
