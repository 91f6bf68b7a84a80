"""What is particular to single stages: terms of round-off, adjoints, gradients, how outputs are compared, and inputs
that they must refuse. What is about faults is imported where one is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import numpy as np
from hypothesis.strategies import SearchStrategy

from parity_suite.backends.api import Array
from parity_suite.cases.hypotheses import AnswerHypothesis, InputHypothesis
from parity_suite.cases.rules import Rules
from parity_suite.compare.deviation import Outcome
from parity_suite.core.kinds import Kind
from parity_suite.ptychography import strategies
from parity_suite.ptychography.adjoints import adjoint_of, gradient_of, loss_terms, offset_slopes, smooth
from parity_suite.ptychography.admission import admit_own
from parity_suite.ptychography.canvases import compare_canvas
from parity_suite.ptychography.miscomputed import (
    along_columns,
    around_the_border,
    covers,
    floors,
    groups,
    last_left_out,
    masks,
    modes_for_items,
    nearest_for_drawn,
    over_lit_modes,
    over_root_mean_square,
    read_weights,
    reshaped,
)
from parity_suite.ptychography.misreadings import (
    about_middle,
    clipped,
    from_middle,
    of_corner,
    short_to_nearest,
    tiled,
)
from parity_suite.ptychography.oracle import divisor
from parity_suite.ptychography.sampling_mistakes import sampled_otherwise
from parity_suite.ptychography.ties import settled

Damage = tuple[str, str, dict[str, Any]]


_OF_CORNER: Final = "positions taken for those of the first pixel of a patch"


class _Own(Rules):
    """A stage that refuses inputs by rules of its own."""

    def validate(self, inputs: Mapping[str, Any]) -> None:
        admit_own(type(self).__name__.lower(), inputs)


class _Linear(_Own):
    """A stage that is linear in some of its inputs."""

    stage: str

    def adjoint(self, name: str, inputs: Mapping[str, Any], y: Array) -> Array:
        return adjoint_of(self.stage, name, inputs, y)

    def gradient(self, output: str, wrt: str, inputs: Mapping[str, Any], cotangent: Any) -> Array:
        return gradient_of(self.stage, output, wrt, inputs, cotangent)


class Probe(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "probe", "all zero", {**inputs, "probe": np.zeros_like(inputs["probe"])}

    def answer_hypotheses(self) -> Iterator[AnswerHypothesis]:
        yield from masks()
        yield AnswerHypothesis(Kind.REDUCTION, "over the mean of the modes that are not dark", over_lit_modes)
        yield AnswerHypothesis(Kind.REDUCTION, "over the root mean square, not the mean modulus", over_root_mean_square)


class Group(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "positions", "too few for a group", {**inputs, "positions": inputs["positions"][:0]}
        yield "neighbours", "fewer than channels", {**inputs, "gridsize": 2, "neighbours": 3}
        draws = np.tile(np.array([0, 1, -1]), (len(inputs["positions"]), 1, 1))
        yield "draws", "counted from the end", {**inputs, "gridsize": 2, "neighbours": 5, "draws": draws}

    def settled(self, arguments: Mapping[str, Any], outputs: Mapping[str, Any]) -> Mapping[str, Any]:
        return settled(arguments, outputs)

    def another(self, name: str, positions: Array) -> Array:
        """Scaled ones would have the same neighbours."""
        return positions[::-1] ** 2

    def strategy(self) -> SearchStrategy[dict[str, Any]]:
        return strategies.group()

    def input_hypotheses(self) -> Iterator[InputHypothesis]:
        yield InputHypothesis(Kind.NEIGHBOUR, "the nearest neighbours, not those drawn", nearest_for_drawn)

    def answer_hypotheses(self) -> Iterator[AnswerHypothesis]:
        return groups()


class Layout(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "target", "unknown", {**inputs, "target": "rows"}
        flat = np.zeros((5, 4, 4, 1), inputs["images"].dtype)
        yield "images", "not divisible", {"images": flat, "source": "flat", "target": "channel", "gridsize": 2}

    def answer_hypotheses(self) -> Iterator[AnswerHypothesis]:
        yield AnswerHypothesis(Kind.ORDER, "channels counted along columns", along_columns)
        yield AnswerHypothesis(Kind.RESHAPE, "reshaped, not transposed", reshaped)


class Extract(_Linear):
    stage = "extract"

    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "size", "of 0", {**inputs, "size": 0}
        doubled = np.repeat(inputs["positions"], 2, axis=2)
        yield "positions", "with three coordinates", {**inputs, "positions": doubled}

    def strategy(self) -> SearchStrategy[dict[str, Any]]:
        return strategies.extract()

    def input_hypotheses(self) -> Iterator[InputHypothesis]:
        yield InputHypothesis(Kind.SIGN, "positions of the opposite sign about the middle of the object", about_middle)
        yield InputHypothesis(Kind.CENTRE, _OF_CORNER, partial(of_corner, lambda inputs: inputs["size"]))
        middle = partial(from_middle, lambda inputs: inputs["object"].shape, 1)
        yield InputHypothesis(Kind.CENTRE, "positions taken from the middle of the object", middle)

    def answer_hypotheses(self) -> Iterator[AnswerHypothesis]:
        return sampled_otherwise(self.stage)


class Illuminate(_Linear):
    stage = "illuminate"

    def answer_hypotheses(self) -> Iterator[AnswerHypothesis]:
        yield AnswerHypothesis(Kind.AXIS, "modes taken for the probes of single items", modes_for_items)


class Diffract(Rules):
    def terms(self, inputs: Mapping[str, Any]) -> int:
        """The pixels that each frequency is a sum over."""
        return int(inputs["psi"].shape[2]) ** 2

    def gradient(self, output: str, wrt: str, inputs: Mapping[str, Any], cotangent: Any) -> Array:
        return gradient_of("diffract", output, wrt, inputs, cotangent)

    def strategy(self) -> SearchStrategy[dict[str, Any]]:
        return strategies.diffract()


class Forward(Rules):
    def terms(self, inputs: Mapping[str, Any]) -> int:
        """The transform's pixels."""
        return int(inputs["size"]) ** 2


class Scale(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "psi", "all zero", {**inputs, "learned": None, "psi": np.zeros_like(inputs["psi"])}

    def input_hypotheses(self) -> Iterator[InputHypothesis]:
        neither = "psi and learned are both ignored"
        yield InputHypothesis(Kind.IGNORED, neither, lambda inputs: {**inputs, "psi": None, "learned": None})


class _Projected(_Own):
    """The update of a projection is measured against the mean light: its error grows as the side of the patch."""

    def terms(self, inputs: Mapping[str, Any]) -> int:
        return int(inputs["probe"].shape[2] ** 2)


class Network(_Projected):
    def input_hypotheses(self) -> Iterator[InputHypothesis]:
        return read_weights()


class Translate(_Linear):
    stage = "translate"

    def gradient_variants(
        self, wrt: str, name: str, inputs: Mapping[str, Any]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if wrt == "offsets":
            yield from smooth(name, inputs)
        else:
            yield name, inputs
            images = inputs["images"]
            yield f"{name}, wide", {**inputs, "images": np.ascontiguousarray(images[:, : images.shape[1] * 2 // 3 + 1])}
            # What is picked has one slope; an offset that picks it has none.
            yield f"{name}, nearest", {**inputs, "interpolation": "nearest"}

    def gradient_size(
        self, wrt: str, name: str, inputs: Mapping[str, Any], cotangent: Any, precision: str
    ) -> float | None:
        """That of an offset is a sum over all pixels of an image, whose terms cancel."""
        if wrt != "offsets":
            return None
        terms = np.abs(cotangent)[..., None] * np.abs(offset_slopes(inputs))
        return float(np.linalg.norm(terms.sum(axis=(1, 2, 3))))

    def strategy(self) -> SearchStrategy[dict[str, Any]]:
        return strategies.translate()

    def input_hypotheses(self) -> Iterator[InputHypothesis]:
        yield InputHypothesis(Kind.CLIPPED, "offsets held within half the image", clipped)
        yield InputHypothesis(Kind.PRECISION, "offsets lose their last digits on the way to a pixel", short_to_nearest)
        for more in (-1, 0, 1):
            within = f"within a side of the image and {more} pixels more"
            yield InputHypothesis(Kind.CLIPPED, f"offsets held {within}", partial(clipped, share=1, more=more))
            other = partial(clipped, share=1, more=more, swapped=True)
            yield InputHypothesis(Kind.CLIPPED, f"x and y each held {within}, the other's", other)
        yield InputHypothesis(Kind.ORDER, "offsets repeated one after the other, not each for its block", tiled)

    def answer_hypotheses(self) -> Iterator[AnswerHypothesis]:
        return sampled_otherwise(self.stage)

    def faulty_methods(self) -> Mapping[str, Callable[..., Any]]:
        from parity_suite.ptychography.faults.copies import translation_trace

        return {"translation_trace": translation_trace}

    def lacking(self, cls: type[Any]) -> frozenset[str]:
        from parity_suite.ptychography.faults.lacking import missing_to_translate

        return missing_to_translate(cls)


class Reassemble(_Linear):
    stage = "reassemble"

    def gradient_variants(
        self, wrt: str, name: str, inputs: Mapping[str, Any]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        yield name, inputs
        height, width = inputs["canvas"]
        yield f"{name}, wide", {**inputs, "canvas": (height, 2 * width + 1)}

    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "canvas", "of no rows", {**inputs, "canvas": (0, 4)}
        yield "centre", "of three", {**inputs, "centre": np.zeros(3, inputs["positions"].dtype)}

    def compare(
        self, field: str, variant: str, got: Mapping[str, Any], want: Mapping[str, Any]
    ) -> Iterable[Outcome] | None:
        """The canvas is compared where the count says that it is covered."""
        if field != "canvas":
            return None
        counts = {name: side["count"] for name, side in (("got", got), ("want", want)) if "count" in side}
        if len(counts) < 2 and "count" not in {*getattr(got, "lacking", ()), *getattr(want, "lacking", ())}:
            # What is broken of it is said elsewhere.
            return ()
        if not counts:
            return None
        # Of one that does not return it, as far as the other covers.
        known = next(reversed(counts.values()))
        ours, theirs = ({**side, "count": counts.get(name, known)} for name, side in (("got", got), ("want", want)))
        return compare_canvas(f"canvas ({variant})", ours, theirs, variant)

    def another(self, name: str, positions: Array) -> Array:
        """Centres stay, so that the patches move."""
        return positions if name == "centre" else super().another(name, positions)

    def strategy(self) -> SearchStrategy[dict[str, Any]]:
        return strategies.reassemble()

    def input_hypotheses(self) -> Iterator[InputHypothesis]:
        yield InputHypothesis(Kind.CENTRE, _OF_CORNER, partial(of_corner, lambda inputs: inputs["patches"].shape[1]))
        corner = partial(from_middle, lambda inputs: inputs["canvas"], -1)
        yield InputHypothesis(Kind.CENTRE, "positions taken from the first pixel of the canvas", corner)
        yield InputHypothesis(Kind.DROPPED, "the last batch is left out", partial(last_left_out, True))
        yield InputHypothesis(Kind.DROPPED, "the last group is left out", partial(last_left_out, False))

    def answer_hypotheses(self) -> Iterator[AnswerHypothesis]:
        return covers()

    def faulty_methods(self) -> Mapping[str, Callable[..., Any]]:
        from parity_suite.ptychography.faults.copies import reassemble_stream

        return {"reassemble_stream": reassemble_stream}


class Loss(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        yield "counts", "negative", {**inputs, "counts": inputs["counts"] - inputs["counts"].max() - 1}
        empty = {name: value[:0] if isinstance(value, np.ndarray) else value for name, value in inputs.items()}
        yield "amplitude", "of an empty batch", empty

    def gradient(self, output: str, wrt: str, inputs: Mapping[str, Any], cotangent: Any) -> Array:
        return gradient_of("loss", output, wrt, inputs, cotangent)

    def gradient_size(
        self, wrt: str, name: str, inputs: Mapping[str, Any], cotangent: Any, precision: str
    ) -> float | None:
        """In many photons the gradient of the likelihood is a thousandth of its two terms, which is what float64
        rounds. In float32 it is measured as it is: the inputs are exact, and who sums them in float64 loses nothing.
        """
        if name != "bright" or wrt != "amplitude" or precision != "float64":
            return None
        amplitude = inputs["amplitude"].astype(np.float64)
        # Of the sum over the batch, than which that of a mean over more is smaller, and that of a mean greater.
        share = len(amplitude) / divisor(inputs.get("nll_mean", "batch"), amplitude)
        return float(np.linalg.norm(2 * inputs["scale"] ** 2 * amplitude) * share)

    def where_flat(self, output: str, wrt: str) -> tuple[Kind, str] | None:
        return (Kind.FLOOR, "let through where rates are held at their floor") if output == "poisson_nll" else None

    def magnitudes(self, inputs: Mapping[str, Any], answer: Callable[[], Mapping[str, Any]]) -> Mapping[str, float]:
        return loss_terms(inputs["amplitude"], inputs)

    def answer_hypotheses(self) -> Iterator[AnswerHypothesis]:
        yield from floors()
        yield AnswerHypothesis(Kind.BORDER, "a total variation around the border", around_the_border)


class Objective(_Projected):
    def magnitudes(self, inputs: Mapping[str, Any], answer: Callable[[], Mapping[str, Any]]) -> Mapping[str, float]:
        return loss_terms(answer()["amplitude"], inputs)


class Train(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        groups, settings = len(inputs["counts"]), inputs["settings"]
        yield "counts", "negative", {**inputs, "counts": inputs["counts"] - inputs["counts"].max() - 1}
        for name in ("order", "watch"):
            yield name, "of a group that there is not", {**inputs, name: inputs[name] + groups}
            yield name, "of groups counted from the end", {**inputs, name: inputs[name] - groups}
        yield "settings", "of which one is unknown", {**inputs, "settings": {**settings, "momentum": 0.9}}
        yield "settings", "with a negative rate", {**inputs, "settings": {**settings, "learning_rate": -1e-3}}


class Infer(_Own):
    def damages(self, inputs: Mapping[str, Any]) -> Iterator[Damage]:
        amplitude = inputs["amplitude"]
        yield "amplitude", "of another side", {**inputs, "amplitude": amplitude[:, :-4, :-4]}
        yield "amplitude", "that is not square", {**inputs, "amplitude": amplitude[:, :-4]}
        yield "amplitude", "with a channel too few", {**inputs, "amplitude": amplitude[..., :-1]}

    def lacking(self, cls: type[Any]) -> frozenset[str]:
        from parity_suite.ptychography.faults.lacking import missing_to_infer

        return missing_to_infer(cls)
