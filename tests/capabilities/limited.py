"""Backends in plain NumPy that are right within what they declare, and fail or are wrong beyond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from parity_suite import Capabilities, Sizes
from parity_suite.core.packs import BY_NAME
from parity_suite.ptychography.admission import admit
from parity_suite.ptychography.oracle import Oracle

#: The stages that these have.
STAGES = ("extract", "illuminate", "diffract", "scale", "translate", "reassemble", "loss", "stats")


class Plain(Oracle):
    """The stages of the oracle, which refuse what breaks their contract."""

    def __init__(self, *, device: str = "cpu", precision: str = "float32") -> None:
        super().__init__(device=device, precision=precision)

    def _asked(self, stage: str, **inputs: Any) -> Any:
        admit(BY_NAME[stage], inputs)
        self.require(stage, inputs)
        return getattr(super(), stage)(**inputs)

    def require(self, stage: str, inputs: Mapping[str, Any]) -> None:
        """Fails where a backend cannot do it."""

    def extract(self, object: Any, positions: Any, size: int) -> Any:
        return self._asked("extract", object=object, positions=positions, size=size)

    def illuminate(self, patches: Any, probe: Any) -> Any:
        return self._asked("illuminate", patches=patches, probe=probe)

    def diffract(self, psi: Any) -> Any:
        return self._asked("diffract", psi=psi)

    def scale(self, psi: Any, nphotons: float, size: int, learned: float | None = None) -> Any:
        return self._asked("scale", psi=psi, nphotons=nphotons, size=size, learned=learned)

    def translate(self, images: Any, offsets: Any, interpolation: str | None = None) -> Any:
        return self._asked("translate", images=images, offsets=offsets, interpolation=interpolation)

    def reassemble(self, patches: Any, positions: Any, centre: Any, canvas: Any) -> Any:
        return self._asked("reassemble", patches=patches, positions=positions, centre=centre, canvas=canvas)

    def loss(self, amplitude: Any, counts: Any, scale: float, patches: Any) -> Any:
        return self._asked("loss", amplitude=amplitude, counts=counts, scale=scale, patches=patches)

    def stats(self, patches: Any) -> Any:
        return self._asked("stats", patches=patches)


def _fail(known: bool, what: str) -> None:
    if not known:
        raise RuntimeError(f"cannot do {what}")


class EvenSides(Plain):
    capabilities = Capabilities(sizes={"N": Sizes(multiple_of=2)})

    def require(self, stage: str, inputs: Mapping[str, Any]) -> None:
        _fail(BY_NAME[stage].sizes_of(inputs).get("N", 2) % 2 == 0, "an odd side")


class OfSixteen(Plain):
    capabilities = Capabilities(sizes={"N": (16, 64)})

    def require(self, stage: str, inputs: Mapping[str, Any]) -> None:
        _fail(BY_NAME[stage].sizes_of(inputs).get("N", 16) in (16, 64), "another side")


class NotEmpty(Plain):
    capabilities = Capabilities(sizes={"B": Sizes(at_least=1)})

    def require(self, stage: str, inputs: Mapping[str, Any]) -> None:
        _fail(BY_NAME[stage].sizes_of(inputs).get("B", 1) > 0, "an empty batch")


class OneMode(Plain):
    capabilities = Capabilities(sizes={"P": 1})

    def require(self, stage: str, inputs: Mapping[str, Any]) -> None:
        _fail(BY_NAME[stage].sizes_of(inputs).get("P", 1) == 1, "several modes")


class Single(Plain):
    capabilities = Capabilities(precisions=("float32",))

    def require(self, stage: str, inputs: Mapping[str, Any]) -> None:
        _fail(self.real == np.float32, "float64")


class FromData(Plain):
    capabilities = Capabilities(choices={"scale": ("data",), "reassemble": ("one centre",), "translate": ("bilinear",)})

    def require(self, stage: str, inputs: Mapping[str, Any]) -> None:
        chosen = BY_NAME[stage].choice_of(inputs)
        _fail(chosen in ("", "data", "one centre", "bilinear"), chosen)


class OwnCentres(Plain):
    capabilities = Capabilities(choices={"reassemble": ("own centres",)})

    def require(self, stage: str, inputs: Mapping[str, Any]) -> None:
        _fail(stage != "reassemble" or BY_NAME[stage].choice_of(inputs) == "own centres", "one centre")


class _Returning(Plain):
    kept: ClassVar[Mapping[str, Sequence[str]]]

    def _asked(self, stage: str, **inputs: Any) -> Any:
        found = super()._asked(stage, **inputs)
        return {name: found[name] for name in self.kept[stage]} if stage in self.kept else found


class CanvasAlone(_Returning):
    kept: ClassVar = {"reassemble": ("canvas",), "loss": ("poisson_nll",), "stats": ("mean", "std")}
    capabilities = Capabilities(outputs=kept)

    def reassemble(self, patches: Any, positions: Any, centre: Any, canvas: Any) -> Any:
        # One result comes bare.
        return super().reassemble(patches, positions, centre, canvas)["canvas"]


class Unrefusing(Plain):
    """Takes whatever it is given, but for probes."""

    capabilities = Capabilities(refuses={"illuminate": ("probe",)})

    def _asked(self, stage: str, **inputs: Any) -> Any:
        if stage == "illuminate":
            return super()._asked(stage, **inputs)
        return getattr(Oracle, stage)(self, **inputs)


class CoarsePlaces(Plain):
    capabilities = Capabilities(coordinates={"extract": "images"})


class FewAtOnce(Plain):
    """Takes no more than some thousands at once."""

    capabilities = Capabilities(sizes={"stats.B": Sizes(at_most=3000)})

    def stats(self, patches: Any) -> Any:
        if len(patches) > 3000:
            raise MemoryError("patches: too many at once")
        return super().stats(patches)


class SmallBatches(Plain):
    """Of one stage alone."""

    capabilities = Capabilities(sizes={"stats.B": Sizes(at_least=2)})

    def require(self, stage: str, inputs: Mapping[str, Any]) -> None:
        _fail(stage != "stats" or len(inputs["patches"]) >= 2, "one patch")


class CoarseGroups(Plain):
    """Groups by distances in float32."""

    capabilities = Capabilities(coordinates={"group": "float32"})

    def group(self, positions: Any, gridsize: int, neighbours: int | None = None, draws: Any = None) -> Any:
        admit(
            BY_NAME["group"], {"positions": positions, "gridsize": gridsize, "neighbours": neighbours, "draws": draws}
        )
        places, rows = positions.astype(np.float32), []
        for seed in range(len(places)):
            squares = ((places - places[seed]) ** 2).sum(-1)
            others = [k for k in np.argsort(squares, kind="stable") if k != seed]
            picks = [range(gridsize**2 - 1)] if draws is None else draws[seed]
            rows += [[seed, *(others[k] for k in pick)] for pick in picks]
        indices = np.array(rows, np.int64).reshape(-1, gridsize**2)
        grouped = np.moveaxis(places[indices], 2, 1)[:, None]
        offsets = grouped.mean(axis=3, keepdims=True)
        return {"indices": indices, "coords_offsets": offsets, "coords_relative": -(grouped - offsets)}


#: A right one for each kind of limit.
LIMITED = (
    EvenSides, OfSixteen, NotEmpty, OneMode, Single, FromData, OwnCentres, CanvasAlone, Unrefusing, SmallBatches,
)  # fmt: skip
