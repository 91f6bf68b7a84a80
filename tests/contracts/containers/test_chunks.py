"""How a dataset is cut into parts, what its layout may cost, and which chunks give more than they should."""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from parity_suite.contracts.containers import chunks
from parity_suite.contracts.containers.chunks import parts_of, refuse_layout, refuse_swelling
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
        ((4, 64 * MIB + 1), (1, 64), 1, MIB),
        ((4, 48 * MIB), (2, 48 * MIB), 0, 1),
        ((4, 30 * MIB), (4, 30 * MIB), 0, 2),
        ((2, 3, 5 * MIB), (1, 1, 5 * MIB), 0, 1),
    ],
)
def test_the_axis_and_the_thickness_of_parts(
    shape: tuple[int, ...], chunk: tuple[int, ...], axis: int, step: int
) -> None:
    assert chunks._plan(shape, chunk, 1) == (axis, step)


@pytest.mark.parametrize(
    ("shape", "chunk"),
    [((6,), (2,)), ((6,), (4,)), ((6, 5), (1, 5)), ((6, 5), (4, 5)), ((3, 6, 5), (2, 3, 5)), ((3, 6, 5), (9, 4, 2))],
)
@pytest.mark.parametrize("most", [4, 5, 11, 30])
def test_chunks_are_unpacked_as_often_as_is_said(
    shape: tuple[int, ...], chunk: tuple[int, ...], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted: the parts that hold an element of the first chunk."""
    monkeypatch.setattr(chunks, "_PART", 1)
    monkeypatch.setattr(chunks, "_MOST_PART", most)
    axis, step = chunks._plan(shape, chunk, 1)
    first = itertools.product(*(range(min(pair)) for pair in zip(shape, chunk, strict=True)))
    assert chunks._times_read(shape, chunk, 1) == len({(*at[:axis], at[axis] // step) for at in first})


@pytest.mark.parametrize(
    "filters",
    [(), (deflate,), (lzf,), (shuffle, deflate), (shuffle, lzf, fletcher32), (deflate, fletcher32), (fletcher32,)],
)
def test_filters_that_writers_use(file: h5py.File, filters: tuple[Plist, ...]) -> None:
    refuse_layout(filtered(file, *filters), Limits())


@pytest.mark.parametrize(
    ("filters", "codes"),
    [
        ((deflate, lzf), "1, 32000"),
        ((shuffle, deflate, deflate), "2, 1, 1"),
        ((deflate, shuffle), "1, 2"),
        ((lzf, fletcher32, shuffle), "32000, 3, 2"),
        ((shuffle, shuffle), "2, 2"),
    ],
)
def test_filters_in_an_order_that_nothing_writes(file: h5py.File, filters: tuple[Plist, ...], codes: str) -> None:
    with pytest.raises(Unreadable) as caught:
        refuse_layout(filtered(file, *filters), Limits())
    assert str(caught.value) == f"filters {codes}, in an order that nothing writes"


def test_chunks_as_large_as_a_quarter_of_what_may_be_in_memory(file: h5py.File) -> None:
    data = file.create_dataset("x", (10,), "f8", chunks=(5,))
    refuse_layout(data, Limits(max_whole=160))
    refuse_layout(file.create_dataset("y", (10,), "f8"), Limits(max_whole=0))
    with pytest.raises(Unreadable) as caught:
        refuse_layout(data, Limits(max_whole=159))
    assert str(caught.value) == "chunks of 40 bytes, at most 39 are read"


def test_chunks_that_hold_more_than_the_array(file: h5py.File) -> None:
    """Three chunks of two rows for five rows, each wider than the array: 3 x 2 x 8 elements of 8 bytes."""
    data = file.create_dataset("x", (5, 3), "f8", chunks=(2, 3), maxshape=(None, 3))
    refuse_layout(data, Limits(max_bytes=144))
    with pytest.raises(Unreadable) as caught:
        refuse_layout(data, Limits(max_bytes=143))
    assert str(caught.value) == "chunks of shape (2, 3), 144 bytes to be unpacked 1 times"
    refuse_layout(file.create_dataset("y", (0, 3), "f8", chunks=(2, 3), maxshape=(None, 3)), Limits(max_bytes=0))


def test_a_packed_chunk_that_gives_more_than_it_should(file: h5py.File, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks written as they are in the file: 32 bytes of elements, one of them deflated from many more."""
    monkeypatch.setattr(chunks, "_HARMLESS", 100)
    data = file.create_dataset("x", (8,), "f8", chunks=(4,), compression="gzip")
    data.id.write_direct_chunk((0,), zlib.compress(bytes(32)))
    data.id.write_direct_chunk((4,), zlib.compress(bytes(32 + 4096)))
    refuse_swelling(data)
    data.id.write_direct_chunk((4,), zlib.compress(bytes(32 + 4096 + 1)))
    with pytest.raises(Unreadable) as caught:
        refuse_swelling(data)
    assert str(caught.value) == "a chunk that unpacks to more than its 32 bytes"
    with pytest.raises(Unreadable, match="unpacks to more"):
        list(parts_of(data))


@pytest.mark.parametrize(
    ("size", "says"), [(2 * 32 + 4096, None), (2 * 32 + 4097, "a chunk of 4161 bytes in the file")]
)
def test_a_chunk_of_many_bytes_in_the_file(file: h5py.File, size: int, says: str | None) -> None:
    data = file.create_dataset("x", (4,), "f8", chunks=(4,), compression="lzf")
    data.id.write_direct_chunk((0,), bytes(size))
    if says is None:
        refuse_swelling(data)
        return
    with pytest.raises(Unreadable) as caught:
        refuse_swelling(data)
    assert str(caught.value) == f"{says}, for 32 bytes of elements"


@pytest.mark.parametrize("piece", [1, 7, 2**14])
def test_bytes_that_swell(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_PIECE", piece)
    packed = zlib.compress(np.random.default_rng(0).bytes(100))
    assert not chunks._swells(packed, 100)
    assert chunks._swells(packed, 99)
    # What follows the end of a stream is not unpacked.
    assert not chunks._swells(packed + zlib.compress(bytes(10_000)), 100)
    assert not chunks._swells(b"no deflate stream", 0)
    assert not chunks._swells(b"", 0)
