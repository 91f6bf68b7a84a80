"""What a dataset is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from numpy.typing import NDArray

from parity_suite.core.array_digest import digest_of

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Dataset:
    """One ptychographic measurement, with its truth where that is known. The arrays are made read-only.

    The digest covers everything but the name: two files with the same content have the same digest.
    """

    #: arrays that are kept in float64 whatever the precision, since they are compared
    double: ClassVar[frozenset[str]] = frozenset({"positions"})
    #: canonical, lower case: only ``a-z 0-9 _ + .``
    name: str
    #: ``counts`` (amplitude is the square root of the counts) or ``normalised`` (mean sum A^2 is (N/2)^2)
    domain: str
    #: (M, N, N) amplitude, zero frequency at pixel N//2
    diff3d: Array
    #: (P, N, N) complex128, incoherent modes first
    probe: Array
    #: (H, W) complex128 transmission, None where the truth is unknown
    object: Array | None
    #: (M, 2) float64 [x, y] in pixels: patch row i lies on canvas row y - N//2 + i
    positions: Array
    #: mean counts per pattern
    nphotons: float
    gridsize: int
    #: sha256 of the content
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        for array in self.arrays().values():
            array.setflags(write=False)
        scalars = {"domain": self.domain, "nphotons": float(self.nphotons), "gridsize": self.gridsize}
        object.__setattr__(self, "digest", digest_of(self.arrays(), scalars))

    def arrays(self) -> dict[str, Array]:
        """The arrays by name; ``object`` only where it is known."""
        named = {"diff3d": self.diff3d, "probe": self.probe, "positions": self.positions}
        return named if self.object is None else {**named, "object": self.object}
