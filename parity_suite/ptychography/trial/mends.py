"""What makes a right scan of a wrong one: each mend by its name, applied to a scan whose patterns stay a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from .scan import Array, Scan

#: Positions (M, 2) and the scan whose canvas and patterns they are on to positions.
_Moved = Callable[[Array, Scan], Array]
_Turned = Callable[[Array], Array]


@dataclass(frozen=True)
class Mend:
    """One change of one part of a scan; the other parts stay."""

    name: str
    #: as it stands after "intensities:" or the like
    words: str
    #: of a block of amplitudes (m, N, N); None where the patterns stay
    patterns: _Turned | None = None
    positions: _Moved | None = None
    object: _Turned | None = None
    probe: _Turned | None = None
    #: whether every pixel of a pattern stays where it is
    in_place: bool = False

    def __call__(self, scan: Scan) -> Scan:
        if self.patterns is not None:
            scan = replace(scan, patterns=_each(scan.patterns, self.patterns))
            if scan.unmeasured is not None and not self.in_place:
                scan = replace(scan, unmeasured=self.patterns(scan.unmeasured[None])[0])
        if self.positions is not None:
            scan = replace(scan, positions=self.positions(scan.positions, scan))
        if self.object is not None and scan.object is not None:
            scan = replace(scan, object=self.object(scan.object))
        if self.probe is not None:
            scan = replace(scan, probe=self.probe(scan.probe))
        return scan


def canvas_of(scan: Scan) -> tuple[int, int]:
    """The shape of the object, else of the smallest canvas on which the positions are mirrored onto themselves."""
    if scan.object is not None:
        height, width = scan.object.shape
        return height, width
    x, y = scan.positions.min(axis=0) + scan.positions.max(axis=0) + 1
    return y, x


def _each(patterns: Callable[[], Iterator[Array]], change: _Turned) -> Callable[[], Iterator[Array]]:
    return lambda: (np.ascontiguousarray(change(block)) for block in patterns())


def _rolled(axis: int, pixels: int) -> _Turned:
    return lambda block: np.roll(block, pixels, axis=axis)


def _inverted(x: bool, y: bool) -> _Moved:
    """About the middle of the canvas."""

    def change(positions: Array, scan: Scan) -> Array:
        last = np.array(canvas_of(scan)[::-1]) - 1
        return np.asarray(np.where([x, y], last - positions, positions))

    return change


def _mirrored(x: bool, y: bool) -> _Moved:
    """About the middle of the scan."""

    def change(positions: Array, _: Scan) -> Array:
        both = positions.min(axis=0) + positions.max(axis=0)
        return np.asarray(np.where([x, y], both - positions, positions))

    return change


def _negated(x: bool, y: bool) -> _Moved:
    """With the other sign, as where an axis points the other way and the canvas was forgotten."""
    return lambda positions, _: np.where([x, y], -positions, positions)


def _later(frames: int) -> _Moved:
    return lambda positions, _: np.roll(positions, frames, axis=0)


def _rolls() -> Iterator[Mend]:
    for axis, name, ways in ((1, "rows", "down up"), (2, "columns", "right left")):
        for pixels in (*range(-MOST_ROLLED, 0), *range(1, MOST_ROLLED + 1)):
            way = ways.split()[pixels < 0]
            words = f"patterns rolled {way} by {abs(pixels)}"
            yield Mend(f"roll_{name}{pixels:+d}", words, patterns=_rolled(axis, pixels))


#: Pixels by which the zero frequency of a pattern may lie beside its place.
MOST_ROLLED: Final = 4
#: Of the values; those of patterns in the domain ``normalised`` are brought to its power again.
VALUES: Final = (
    Mend("root", "the root of the amplitudes, which are intensities", patterns=np.sqrt, in_place=True),
    Mend("square", "the square of the amplitudes, of which a root was taken twice", patterns=np.square, in_place=True),
)
#: Of one and the amplitudes, or the intensities, whose root is to be taken then.
LOGARITHMS: Final = (
    Mend(
        "expm1",
        "the exponential, less one, of the amplitudes, of which a logarithm was taken",
        patterns=np.expm1,
        in_place=True,
    ),
    Mend(
        "exp10m1",
        "ten to the power of the amplitudes, less one, of which a logarithm was taken",
        patterns=lambda block: np.expm1(block * np.float32(np.log(10))),
        in_place=True,
    ),
)
SHIFTED: Final = Mend(
    "fftshift",
    "zero frequency from the corner to the middle",
    patterns=lambda block: np.fft.fftshift(block, axes=(1, 2)),
)
TRANSPOSED: Final = Mend("transpose", "patterns with rows for columns", patterns=lambda block: block.transpose(0, 2, 1))
FLIPS: Final = (
    Mend("flipud", "patterns upside down", patterns=lambda block: block[:, ::-1]),
    Mend("fliplr", "patterns with left for right", patterns=lambda block: block[:, :, ::-1]),
)
ROLLS: Final = tuple(_rolls())
SWAPPED: Final = Mend("swap_xy", "positions with x for y", positions=lambda positions, _: positions[:, ::-1])
INVERSIONS: Final = (
    Mend("invert_x", "positions with x the other way", positions=_inverted(True, False)),
    Mend("invert_y", "positions with y the other way", positions=_inverted(False, True)),
    Mend("invert_xy", "positions with both axes the other way", positions=_inverted(True, True)),
)
MIRRORS: Final = (
    Mend("mirror_x", "positions with x the other way about their middle", positions=_mirrored(True, False)),
    Mend("mirror_y", "positions with y the other way about their middle", positions=_mirrored(False, True)),
    Mend("mirror_xy", "positions with both axes the other way about their middle", positions=_mirrored(True, True)),
)
NEGATIONS: Final = (
    Mend("negate_x", "positions with the other sign of x", positions=_negated(True, False)),
    Mend("negate_y", "positions with the other sign of y", positions=_negated(False, True)),
    Mend("negate_xy", "positions with the other sign", positions=_negated(True, True)),
)
LATER: Final = (
    Mend("frames+1", "each pattern at the position before its own", positions=_later(1)),
    Mend("frames-1", "each pattern at the position after its own", positions=_later(-1)),
)
MUCH_LATER: Final = tuple(
    Mend(f"frames{by:+d}", f"each pattern at the position {abs(by)} {way} its own", positions=_later(by))
    for by, way in ((2, "before"), (3, "before"), (-2, "after"), (-3, "after"))
)
REVERSED: Final = Mend(
    "reverse_frames",
    "the first pattern at the last position, and so on",
    positions=lambda positions, _: positions[::-1],
)
FROM_MIDDLE: Final = Mend(
    "from_middle",
    "positions counted from the middle of the canvas",
    positions=lambda positions, scan: positions + np.array(canvas_of(scan)[::-1]) / 2,
)
FROM_CORNER: Final = Mend(
    "from_corner",
    "positions of the upper left pixels of patches",
    positions=lambda positions, scan: positions + scan.size // 2,
)
CONJUGATED: Final = Mend("conjugate", "the conjugate of the object", object=np.conj)
PROBE_CONJUGATED: Final = Mend("conjugate_probe", "the conjugate of the probe", probe=np.conj)
PROBE_SHIFTED: Final = Mend(
    "fftshift_probe",
    "the probe from the corner to the middle",
    probe=lambda probe: np.fft.fftshift(probe, axes=(-2, -1)),
)

#: All that are applied without being told anything about the scan, by name.
MENDS: Final[Mapping[str, Mend]] = {
    one.name: one
    for one in (
        *VALUES,
        *LOGARITHMS,
        SHIFTED,
        TRANSPOSED,
        *FLIPS,
        *ROLLS,
        SWAPPED,
        *INVERSIONS,
        *MIRRORS,
        *NEGATIONS,
        *LATER,
        *MUCH_LATER,
        REVERSED,
        FROM_MIDDLE,
        FROM_CORNER,
        CONJUGATED,
        PROBE_CONJUGATED,
        PROBE_SHIFTED,
    )
}


def normalised_again(scan: Scan) -> Scan:
    """A scan of the domain ``normalised`` with its mean power at (N/2)^2 again; any other as it is."""
    if scan.domain != "normalised":
        return scan
    total = sum(float(np.sum(block.astype(np.float64) ** 2)) for block in scan.patterns())
    factor: Any = np.float32(scan.size / 2 * np.sqrt(len(scan.positions) / total)) if total > 0 else np.float32(1)
    return replace(scan, patterns=_each(scan.patterns, lambda block: block * factor))
