"""How a dataset is cut into parts, and what its layout may cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from parity_suite.contracts.containers import chunks
from parity_suite.contracts.containers.chunks import parts_of, refuse_layout
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.stored import Unreadable

MIB = 2**20
Plist = Callable[[h5py.h5p.PropDCID], object]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[h5py.File]:
    with h5py.File(tmp_path / "x.h5", "w") as opened:
        yield opened


def filtered(file: h5py.File, *filters: Plist, shape: tuple[int, ...] = (4,)) -> h5py.Dataset:
    """A dataset of float64 in one chunk with these filters, in this order."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk(shape)
    for add in filters:
        add(plist)
    h5py.h5d.create(file.id, b"x", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple(shape), plist)
    return file["x"]


def deflate(plist: h5py.h5p.PropDCID) -> None:
    plist.set_deflate(4)


def shuffle(plist: h5py.h5p.PropDCID) -> None:
    plist.set_shuffle()


def fletcher32(plist: h5py.h5p.PropDCID) -> None:
    plist.set_fletcher32()


def lzf(plist: h5py.h5p.PropDCID) -> None:
    plist.set_filter(32000, h5py.h5z.FLAG_OPTIONAL, ())


@pytest.mark.parametrize("most", [8, 24, 40, 1000])
@pytest.mark.parametrize("part", [1, 64, 1000])
@pytest.mark.parametrize(
    ("shape", "chunk"),
    [
        ((), None),
        ((0, 3), None),
        ((7,), None),
        ((7,), (3,)),
        ((1, 4), (1, 4)),
        ((4, 3, 5), (2, 2, 2)),
        ((3, 1, 2), None),
    ],
)
def test_parts_one_after_the_other_are_the_whole(
    file: h5py.File,
    shape: tuple[int, ...],
    chunk: tuple[int, ...] | None,
    part: int,
    most: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chunks, "_PART", part)
    monkeypatch.setattr(chunks, "_MOST_PART", most)
    whole = np.arange(float(math.prod(shape))).reshape(shape)
    parts = list(parts_of(file.create_dataset("x", data=whole, chunks=chunk)))
    assert np.concatenate([np.ravel(one) for one in parts]).tolist() == whole.ravel().tolist()
    assert all(np.asarray(one).nbytes <= max(most, part, 8) for one in parts)


@pytest.mark.parametrize(
    ("shape", "chunk", "axis", "step"),
    [
        # Rows of a byte: chunks together until a part is full.
        ((8 * MIB,), (1000,), 0, 1000 * (MIB // 1000)),
        ((8 * MIB,), (2 * MIB,), 0, 2 * MIB),
        # A chunk as large as a part may be is one, and a larger one is cut.
        ((256 * MIB,), (64 * MIB,), 0, 64 * MIB),
        ((256 * MIB,), (64 * MIB + 1,), 0, 64 * MIB),
        # A row as large as a part may be is one; a larger one is cut along the next axis.
        ((4, 64 * MIB), (1, 64), 0, 1),
        ((4, 64 * MIB + 1), (1, 64), 1, 8192 * 64),
        ((4, 48 * MIB), (2, 48 * MIB), 0, 1),
        ((4, 30 * MIB), (4, 30 * MIB), 0, 2),
        ((2, 3, 5 * MIB), (1, 1, 5 * MIB), 0, 1),
        # No more than 8192 chunks at once, and any number of rows that are in none.
        ((8 * MIB,), (1,), 0, 8192),
        ((8 * MIB, 4), (1, 1), 0, 2048),
        ((8 * MIB,), None, 0, MIB),
    ],
)
def test_the_axis_and_the_thickness_of_parts(
    shape: tuple[int, ...], chunk: tuple[int, ...] | None, axis: int, step: int
) -> None:
    assert chunks._plan(shape, chunk, 1) == (axis, step)


@pytest.mark.parametrize(
    "filters",
    [(), (deflate,), (lzf,), (shuffle, deflate), (shuffle, lzf, fletcher32), (deflate, fletcher32), (fletcher32,)],
)
def test_filters_that_writers_use(file: h5py.File, filters: tuple[Plist, ...]) -> None:
    refuse_layout(filtered(file, *filters), Limits())


def test_chunks_as_large_as_a_quarter_of_what_may_be_in_memory(file: h5py.File) -> None:
    data = file.create_dataset("x", (10,), "f8", chunks=(5,))
    refuse_layout(data, Limits(max_whole=160))
    refuse_layout(file.create_dataset("y", (10,), "f8"), Limits(max_whole=0))
    with pytest.raises(Unreadable) as caught:
        refuse_layout(data, Limits(max_whole=159))
    assert str(caught.value) == "chunks of 40 bytes, at most 39 are read"
