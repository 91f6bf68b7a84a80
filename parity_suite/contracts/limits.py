"""How much a container may ask for before it is refused."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes; a file that declares more is refused before it is read."""

    #: declared by all arrays of a container together
    max_bytes: int = 64 * 2**30
    #: uncompressed over compressed size of a member over ``big_member``
    max_ratio: float = 200.0
    big_member: int = 64 * 2**20
    #: the same of a member over ``huge_member``, or of several that are over it together, so that the time to read a
    #: file goes with its size
    max_ratio_of_huge: float = 20.0
    huge_member: int = 2 * 2**30
    max_members: int = 10_000
    #: of a JSON or TOML file: twice what the record of a run of thousands of checks takes
    max_document: int = 32 * 2**20
    #: of all texts of one name in any other file; in memory a character takes up to four bytes and is there up to four
    #: times
    max_text: int = 16 * 2**20
    #: of one array of texts, which are compared one by one
    max_texts: int = 100_000
    #: names and values of a JSON or TOML file, each of which takes some hundred bytes in memory
    max_values: int = 2_500_000
    #: levels of objects and lists in a document
    max_depth: int = 32
    #: of elements that are looked at together; small enough for a processor's second-level cache
    block_bytes: int = 256 * 2**10
    #: what has to be read as a whole, an array in Fortran order; also what reading HDF5 may take in memory, so that
    #: with Python and NumPy beside it all stays under 512 MiB
    max_whole: int = 320 * 2**20
    #: seconds of the processor that the HDF5 library may take beyond what its elements are worth
    max_busy: float = 10.0
    #: seconds for which it may say nothing at all, which a slow disk does too
    max_silence: float = 60.0

    @staticmethod
    def stated(max_bytes: int) -> Limits:
        """Those of somebody who says how much may be read: what takes long is then a matter of size and not of packing,
        as in counts that are mostly zero.
        """
        return Limits(max_bytes=max_bytes, max_ratio_of_huge=Limits.max_ratio)

    def most_times(self, declared: int) -> float:
        """How many times its size in the file an array of so many bytes may take."""
        if declared <= self.big_member:
            return math.inf
        return self.max_ratio if declared <= self.huge_member else min(self.max_ratio, self.max_ratio_of_huge)

    def too_tight(self, members: Iterable[tuple[int, int]]) -> int:
        """The bytes declared by those members, each given with its bytes in the file, that take more than
        ``max_ratio_of_huge`` times as many; 0 where they are no more than ``huge_member`` together.
        """
        declared = sum(size for size, stored in members if size > self.max_ratio_of_huge * max(stored, 1))
        return declared if declared > self.huge_member else 0
