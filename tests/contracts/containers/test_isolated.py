"""What brings the HDF5 library down, or makes it hang, is one refusal, and the next file is read as if nothing was."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from container_samples import contract_for

from parity_suite.contracts.check import check_file
from parity_suite.contracts.containers import isolated, open_container
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Stored

X = np.arange(100_000.0)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["x"] = X
    isolated.end_all()
    return tmp_path / "scan.h5"


@pytest.mark.parametrize(
    ("program", "silence", "says"),
    [
        ("import os; os.kill(os.getpid(), 11)", 60, "a file that brings the HDF5 library down (SIGSEGV)"),
        ("raise SystemExit(3)", 60, "a file that brings the HDF5 library down (exit code 3)"),
        ("import time; time.sleep(600)", 0.5, "a file of which the HDF5 library says nothing for over 0.5 s"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGPROF)",
            60,
            "a file that keeps the HDF5 library busy for over 10 s",
        ),
    ],
)
def test_a_worker_that_fails(
    scan: Path, monkeypatch: pytest.MonkeyPatch, program: str, silence: float, says: str
) -> None:
    # A machine under load takes its time to start an interpreter that ends at once.
    with monkeypatch.context() as patched:
        patched.setattr(isolated, "_START", program)
        (found,) = check_file(scan, contract_for("hdf5"), limits=Limits(max_silence=silence)).violations
    assert str(found) == f"file: readable: found {says}, wanted a complete HDF5 file"
    assert check_file(scan, contract_for("hdf5")).ok


def test_a_worker_that_found_something_wrong_is_given_no_other_file(scan: Path, tmp_path: Path) -> None:
    """What a damaged file left in the library was held against the whole ones that followed."""
    assert check_file(scan, contract_for("hdf5")).ok
    (kept,) = isolated._IDLE
    damaged = tmp_path / "damaged.h5"
    damaged.write_bytes(scan.read_bytes()[:-8])
    assert not check_file(damaged, contract_for("hdf5")).ok
    assert not isolated._IDLE
    assert not kept.alive
    with h5py.File(tmp_path / "linked.h5", "w") as file:
        file["x"] = h5py.ExternalLink("scan.h5", "x")
    assert not check_file(tmp_path / "linked.h5", contract_for("hdf5")).ok
    assert not isolated._IDLE
    assert check_file(scan, contract_for("hdf5")).ok
    assert len(isolated._IDLE) == 1


@pytest.mark.parametrize("most", [1, 8_000, 100_000])
def test_a_worker_that_may_read_little_begins_all_the_same(scan: Path, most: int) -> None:
    small = scan.with_name("small.h5")
    with h5py.File(small, "w") as file:
        file.create_dataset("x", data=X[:100], chunks=(10,), compression="gzip")
    for _ in range(5):
        isolated.end_all()
        said = str(check_file(small, contract_for("hdf5"), limits=Limits(max_whole=most)).violations)
        assert "brings the HDF5 library down" not in said
        assert "skip list" not in said
        assert check_file(scan, contract_for("hdf5")).ok


def test_a_worker_that_was_ended_while_idle_is_not_held_against_a_file(scan: Path) -> None:
    assert check_file(scan, contract_for("hdf5")).ok
    for worker in isolated._IDLE:
        worker._process.kill()
        worker._process.wait()
    assert check_file(scan, contract_for("hdf5")).ok


def test_blocks_of_two_fields_side_by_side_and_left_in_the_middle(scan: Path) -> None:
    with open_container("hdf5", scan, ["x"], Limits(block_bytes=8000)) as holding:
        value = holding.values["x"]
        assert isinstance(value, Stored)
        for one, other in zip(value.blocks(), value.blocks(), strict=True):
            np.testing.assert_array_equal(one, other)
        left = value.blocks()
        np.testing.assert_array_equal(next(left), X[:1000])
        left.close()
        np.testing.assert_array_equal(value.load(), X)


def test_a_file_that_changes_between_the_two_questions(scan: Path) -> None:
    from parity_suite.contracts.stored import Unreadable

    with open_container("hdf5", scan, ["x"], Limits()) as holding:
        value = holding.values["x"]
        assert isinstance(value, Stored)
        with h5py.File(scan, "w") as file:
            file["x"] = X[:5]
        with pytest.raises(Unreadable, match="a file that was changed while it was read"):
            value.load()


def test_no_worker_is_left_behind(scan: Path) -> None:
    assert check_file(scan, contract_for("hdf5")).ok
    (process,) = [worker._process for worker in isolated._IDLE]
    isolated.end_all()
    assert process.poll() is not None
