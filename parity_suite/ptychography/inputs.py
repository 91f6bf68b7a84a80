"""The inputs of every stage on a case, before they are rounded to a precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.cases.missing import Missing
from parity_suite.core.cause import Cause
from parity_suite.ptychography.learning.architecture import parameters
from parity_suite.ptychography.learning.weights import initial_weights
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.pipeline import LAYOUTS
from parity_suite.ptychography.world import CaseData, rough

Inputs = dict[str, Any]
Maker = Callable[[CaseData], Iterator[tuple[str, Inputs]]]


def _bits(w: CaseData) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([w.side, w.gridsize, *w.positions.shape]))


def _patches(w: CaseData) -> Array:
    """True patches where there is an object, and never all alike."""
    return Oracle().extract(w.need_object(), w.positions, w.side)


def _psi(w: CaseData) -> Array:
    return Oracle().illuminate(_patches(w), w.probe)


def _amplitude(w: CaseData) -> Array:
    return Oracle().diffract(_psi(w))


def _probe(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    yield "bare", {"probe": w.probe, "probe_scale": 3.7, "masked": False}
    yield "masked", {"probe": w.probe, "probe_scale": 0.8, "masked": True}


def _group(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    yield "nearest", {"positions": w.scan, "gridsize": w.gridsize, "neighbours": None, "draws": None}
    channels = w.gridsize**2
    if w.gridsize > 1:
        bits, reach = _bits(w), channels + 3
        picks = [[bits.permutation(reach)[: channels - 1] for _ in range(2)] for _ in w.scan]
        draws = np.array(picks, np.int64)
        yield (
            "oversampled",
            {"positions": w.scan, "gridsize": w.gridsize, "neighbours": reach, "draws": draws},
        )


def _layout(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    g, batch = w.gridsize, len(w.positions)
    grid = rough(_bits(w), (batch, g, g, 6, 6, 1))
    shapes = {"grid": grid}
    for target in ("channel", "flat"):
        shapes[target] = Oracle().layout(grid, "grid", target, g)
    for source in LAYOUTS:
        for target in LAYOUTS:
            yield (
                f"{source}.{target}",
                {"images": shapes[source], "source": source, "target": target, "gridsize": g},
            )


def _extract(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    yield "subpixel", {"object": w.need_object(), "positions": w.positions, "size": w.side}


def _forward(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    yield "modes", {"object": w.need_object(), "positions": w.positions, "size": w.side, "probe": w.probe}


def _illuminate(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    yield "modes", {"patches": _patches(w), "probe": w.probe}


def _diffract(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    yield "modes", {"psi": _psi(w)}


def _scale(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    psi = _psi(w) if len(w.positions) else None
    common = {"nphotons": w.nphotons * 1.37, "size": w.side}
    yield "learned", {"psi": psi, "learned": 9.882118, **common}
    if psi is not None and np.any(psi):
        yield "data", {"psi": psi, "learned": None, **common}
    yield "closed", {"psi": None, "learned": None, **common}


def _observe(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    yield "seeded", {"amplitude": _amplitude(w), "scale": 1.3, "seed": 5}


def _translate(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    flat = Oracle().layout(_patches(w), "channel", "flat", w.gridsize)
    offsets = probing_offsets(len(flat), w.side, _bits(w))
    yield "complex", {"images": flat, "offsets": offsets}
    yield "real", {"images": np.abs(flat), "offsets": offsets[::-1].copy()}


def probing_offsets(count: int, side: int, bits: np.random.Generator) -> Array:
    """Fractional of each sign, zero, whole, almost a side, beyond it."""
    fixed = np.array(
        [
            (1.25, -2.625),
            (0.0, 0.0),
            (-3.0, 2.0),
            (-0.375, 0.8125),
            (side - 0.75, 0.0),
            (0.5, -side - 1.5),
        ]
    )
    free = np.round(bits.uniform(-side / 2, side / 2, (max(count - len(fixed), 0), 2)) * 1024) / 1024
    return np.concatenate([fixed[:count], free])


def _reassemble(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    patches = _patches(w)
    middle = w.scan.mean(axis=0) + np.array([0.4375, -0.25])
    if w.object is not None and len(w.positions):
        middle = np.array(w.object.shape[::-1]) // 2 + np.array([0.4375, -0.25])
    shape = (2 * w.side + 9, 2 * w.side + 4)
    common = {"patches": patches, "positions": w.positions, "canvas": shape, "batch": None}
    yield "one", {**common, "centre": middle}
    yield "batched", {**common, "centre": middle, "batch": 2}
    own = w.centres if w.gridsize > 1 else w.positions - np.array([0.375, -1.25]).reshape(1, 1, 2, 1)
    # On a grid that float64 adds exactly, so that the order in which a backend adds coordinates does not show.
    yield "own", {**common, "centre": np.round(own * 1024) / 1024}


def _network(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    amplitude = _amplitude(w) if w.measured is None else w.measured
    common = {"amplitude": amplitude, "probe": w.probe, "weights": seasoned_weights(w.gridsize)}
    yield "unit", {**common, "scale": 1.0}
    yield "sentinel", {**common, "amplitude": 9.882118 * amplitude, "scale": 9.882118}


def _objective(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    amplitude = _amplitude(w)
    if not len(amplitude):
        raise Missing("a mean over no patterns is not defined", Cause.UNASKED)
    reach = int(np.ceil(np.abs(w.positions - w.centres).max()))
    # Wider than high: a canvas read with its axes swapped is another one.
    canvas = (w.side + 2 * reach, w.side + 2 * reach + 3)
    common = {
        "counts": _bits(w).poisson((2.3 * amplitude) ** 2 * 1.2).astype(np.float64),
        "positions": w.positions,
        "centres": w.centres,
        "probe": w.probe,
        "scale": 2.3,
        "weights": seasoned_weights(w.gridsize),
        "canvas": canvas,
    }
    power = 1.4 * float(np.sum(np.abs(w.probe) ** 2))
    yield "object", {**common, "object_big": True, "power": None}
    yield "patches", {**common, "object_big": False, "power": power}


def seasoned_weights(gridsize: int) -> Array:
    """Weights of which none is zero, with heads that make rough patches: a fault in any of them shows."""
    channels = gridsize**2
    bits = np.random.Generator(np.random.PCG64(channels))
    out = initial_weights(channels, channels)
    for one in parameters(channels):
        if one.name.startswith(("modulus.kernel", "phase.kernel")):
            out[one.place] *= 30.0
        elif one.name.endswith("bias"):
            out[one.place] = 0.3 * bits.standard_normal(one.stop - one.start)
    return out


def _loss(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    amplitude = _amplitude(w)
    if not len(amplitude):
        raise Missing("a mean over no patterns is not defined", Cause.UNASKED)
    scale = 1.0 if w.domain == "counts" else float(np.sqrt(w.nphotons) / (w.side / 2))
    if w.measured is not None:
        counts = np.rint((scale * w.measured) ** 2)
    else:
        scale = 2.3
        counts = _bits(w).poisson((scale * amplitude) ** 2 * 1.2).astype(np.float64)
        # Pixels in the dark, where the rate is held at its floor.
        amplitude = np.where(amplitude < np.quantile(amplitude, 0.05), 1e-5, amplitude)
    yield "fit", {"amplitude": amplitude, "counts": counts, "scale": scale, "patches": _patches(w)}
    if w.measured is None:
        # Counts that float32 does not hold, close to their rate: the gradient is the difference of the two.
        bright = np.rint((scale * amplitude) ** 2 * _BRIGHT)
        strong = scale * np.sqrt(_BRIGHT) * 1.001
        yield "bright", {"amplitude": amplitude, "counts": bright, "scale": strong, "patches": _patches(w)}


#: From some counts a pixel to some 1e8.
_BRIGHT: Final = 3e7


def _stats(w: CaseData) -> Iterator[tuple[str, Inputs]]:
    patches = _patches(w)
    yield "complex", {"patches": patches}
    yield "real", {"patches": np.abs(patches) + 100.0}


#: By stage, what makes its inputs under the names of their variants.
MAKERS: Final[Mapping[str, Maker]] = {
    "probe": _probe,
    "group": _group,
    "layout": _layout,
    "extract": _extract,
    "forward": _forward,
    "illuminate": _illuminate,
    "diffract": _diffract,
    "scale": _scale,
    "observe": _observe,
    "network": _network,
    "translate": _translate,
    "reassemble": _reassemble,
    "loss": _loss,
    "objective": _objective,
    "stats": _stats,
}
