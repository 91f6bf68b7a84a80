"""How much a container may ask for before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes; a file that declares more is refused before it is read."""

    #: declared by all arrays of a container together
    max_bytes: int = 64 * 2**30
    #: uncompressed over compressed size of a member over ``big_member``
    max_ratio: float = 200.0
    big_member: int = 64 * 2**20
    max_members: int = 10_000
    #: of a JSON or TOML file
    max_text: int = 64 * 2**20
    #: levels of objects and lists in a document
    max_depth: int = 32
    #: of elements that are looked at together; small enough for a processor's second-level cache
    block_bytes: int = 256 * 2**10
    #: what has to be read as a whole, an array in Fortran order; also what reading HDF5 may take in memory
    max_whole: int = 2**30
    #: seconds for which the HDF5 library may be busy with a file before it is taken to hang
    max_silence: float = 60.0
