"""The stages of the pipeline in their order, with what goes in and out of each: data, no computing.

Symbols of the axes: ``B`` batch (groups, or images for ``translate``), ``C = gridsize**2`` channels, ``N`` patch
side, ``P`` probe modes, ``H W`` rows and columns of a canvas or image, ``M`` scan positions, ``G`` groups, ``W``
weights of the network, ``S`` training steps, ``K`` groups picked out. Channel ``c`` is row ``c // gridsize`` and column
``c % gridsize`` of the grid layout. Positions and offsets are ``[x, y]`` in pixels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from parity_suite.core.stage import Choice, Field, Parameter, Stage

_CHANNEL: Final = ("B", "N", "N", "C")
_CENTRES: Final = ("B", "1", "2", "1")
#: One canvas, or one for each group; and the grid and the channel layout, the axes of the latter those of the flat one.
_CANVASES: Final = (("H", "W"), ("B", "H", "W"))
_LAYOUTS: Final = (_CHANNEL, ("B", "g", "g", "N", "N", "1"))
_POSITIONS: Final = Field("positions", "position", ("B", "1", "2", "C"), "pixel")

_OBJECTIVE: Final = ("network", "reassemble", "extract", "illuminate", "diffract", "loss")
_MOVES: Final = "it moves elements and computes nothing"

_MEANS: Final = "`batch`: summed over pixels and channels, mean over the batch; `pixels`: mean over all; `none`: summed"
_NLL_MEAN: Final = Parameter("nll_mean", "batch", ("pixels", "none"), f"the mean of the Poisson NLL. {_MEANS}")
_LOG_FACTORIAL: Final = Parameter("log_factorial", False, (True,), "whether log n! is added to the Poisson NLL")

_STAGES: Final[tuple[Stage, ...]] = (
    Stage(
        "probe",
        (
            Field("probe", "complex", ("P", "N", "N")),
            Field("probe_scale", "scalar"),
            Field("masked", "flag"),
        ),
        (Field("probe", "complex", ("P", "N", "N")), Field("factor", "scalar")),
        "p -> m p / (probe_scale mean|m p|), m a disk of radius N/4 around pixel N//2 if masked; factor is what "
        "was divided by.",
        divisible=("P",),
        choices=(Choice("masked", "masked", value=True), Choice("bare")),
        parameters=(
            Parameter(
                "mask_centre",
                "pixel",
                ("middle", "corner"),
                "the centre of the mask: `pixel` N//2, `middle` (N - 1)/2, `corner` N//2 - 1/2",
            ),
            Parameter(
                "mask_softness",
                0.0,
                (1.0, 0.5, 2.0),
                "by a Gaussian of how many pixels, cut off at three of them, the mask is softened; its greatest value "
                "stays 1",
            ),
            Parameter(
                "norm_of",
                "probe",
                ("masked",),
                "what the mean is taken of: the `probe` as it comes out, or a `masked` one whether or not it is used",
            ),
        ),
    ),
    Stage(
        "group",
        (
            Field("positions", "position", ("M", "2"), "pixel", double=True),
            Field("gridsize", "integer", root_of="C"),
            Field("neighbours", "integer", optional=True),
            Field("draws", "index", ("M", "R", "C-1"), optional=True),
        ),
        (
            Field("indices", "index", ("G", "C")),
            Field("coords_offsets", "position", ("G", "1", "2", "1"), "pixel"),
            Field("coords_relative", "position", ("G", "1", "2", "C"), "pixel"),
        ),
        "Seed first, then its neighbours by (squared distance in float64, index); offsets are group means, "
        "relative = -(position - offset).",
        choices=(Choice("oversampled", "draws"), Choice("nearest")),
        parameters=(
            Parameter(
                "seed",
                "first",
                ("left out",),
                "whether a point belongs to its own group of nearest neighbours: `first` in it, or `left out`",
            ),
            Parameter(
                "ties",
                "lowest",
                ("highest", "any"),
                "of points equally far, the one that is taken: of the `lowest` or `highest` index, or `any` of them",
            ),
        ),
    ),
    Stage(
        "layout",
        (
            Field("images", "complex", ("*",), shapes=_LAYOUTS),
            Field("source", "text"),
            Field("target", "text"),
            Field("gridsize", "integer", root_of="C"),
        ),
        (Field("images", "complex", ("*",), shapes=_LAYOUTS),),
        "Between grid (B, g, g, N, N, 1), channel (B, N, N, C) and flat (B*C, N, N, 1).",
        exempt={"snapshot": _MOVES},
        exact=True,
    ),
    Stage(
        "extract",
        (Field("object", "complex", ("H", "W")), _POSITIONS, Field("size", "integer", size_of="N")),
        (Field("patches", "complex", _CHANNEL),),
        "Patches of side `size` whose pixel N//2 lies at the position on the canvas, bilinear, zero outside.",
        items="B",
        permuted=("C",),
        linear_in=("object",),
        differentiable=(("patches", "object"),),
    ),
    Stage(
        "illuminate",
        (Field("patches", "complex", _CHANNEL), Field("probe", "complex", ("P", "N", "N"))),
        (Field("psi", "complex", ("B", "P", "N", "N", "C")),),
        "Exit waves psi = P O, one for each probe mode.",
        items="B",
        permuted=("C", "P"),
        linear_in=("patches", "probe"),
        differentiable=(("psi", "patches"), ("psi", "probe")),
    ),
    Stage(
        "diffract",
        (Field("psi", "complex", ("B", "P", "N", "N", "C")),),
        (Field("amplitude", "real", _CHANNEL, "sqrt(count)"),),
        "A = sqrt(fftshift(sum_modes |FFT2(psi)|^2 / N^2)), zero frequency at pixel N//2.",
        items="B",
        permuted=("C", "P"),
        differentiable=(("amplitude", "psi"),),
        both_modes=True,
        quick_modes=True,
    ),
    Stage(
        "scale",
        (
            Field("psi", "complex", ("B", "P", "N", "N", "C"), optional=True),
            Field("nphotons", "scalar", unit="count"),
            Field("size", "integer", size_of="N"),
            Field("learned", "scalar", optional=True),
        ),
        (Field("scale", "scalar"), Field("source", "text")),
        "The learned value, else sqrt(nphotons / mean sum|psi|^2), else sqrt(nphotons) / (N/2); source is "
        "learned, data or closed.",
        permuted=("B", "C", "P"),
        choices=(Choice("learned", "learned"), Choice("data", "psi"), Choice("closed")),
    ),
    Stage(
        "observe",
        (
            Field("amplitude", "real", _CHANNEL, "sqrt(count)"),
            Field("scale", "scalar"),
            Field("seed", "integer"),
        ),
        (Field("counts", "real", _CHANNEL, "count", double=True),),
        "Independent Poisson counts of rate (scale A)^2.",
        exempt={"statelessness": "a seed asked again is a question of the law of distribution"},
        random=True,
    ),
    Stage(
        "network",
        (
            Field("amplitude", "real", _CHANNEL, "sqrt(count)"),
            Field("probe", "complex", ("P", "N", "N")),
            Field("scale", "scalar"),
            Field("weights", "real", ("W",), axis_words=("weight",)),
        ),
        (Field("patches", "complex", _CHANNEL),),
        "The reference network of parity_suite.ptychography.learning.architecture: measured amplitudes over the "
        "intensity scale go through one projection on the measured moduli and an encoder-decoder to patches "
        "2 sigmoid(a) exp(i pi tanh(f)).",
        items="B",
        permuted=("P",),
        multiples={"N": 4},
    ),
    Stage(
        "translate",
        (
            Field("images", "complex", ("B", "H", "W", "1")),
            Field("offsets", "position", ("B", "2"), "pixel", for_blocks=True),
            Field("interpolation", "text", optional=True),
        ),
        (Field("images", "complex", ("B", "H", "W", "1")),),
        "out(row, column) = in(row - y, column - x), zero outside: +x moves right, +y moves down. `interpolation` is "
        "bilinear (the default) or nearest, which moves by floor(offset + 1/2) whole pixels. B images with B / C "
        "offsets: image i moves by offsets[i // C], which in the flat layout is one offset a group; counts that do not "
        "divide are refused, whole offsets are offsets as well, and real images come back real.",
        items="B",
        linear_in=("images",),
        differentiable=(("images", "images"), ("images", "offsets")),
        both_modes=True,
        quick_modes=True,
        choices=(Choice("nearest", "interpolation", value="nearest"), Choice("bilinear")),
        parameters=(
            Parameter(
                "halves",
                "up",
                ("even",),
                "where `nearest` takes an offset of half a pixel: `up`, floor(offset + 1/2), or to the `even` one",
            ),
            Parameter(
                "precedence",
                "keyword",
                ("environment",),
                "which of the two chooses the implementation where both are given",
                law="switch",
            ),
        ),
    ),
    Stage(
        "reassemble",
        (
            Field("patches", "complex", _CHANNEL),
            _POSITIONS,
            Field("centre", "position", ("*",), "pixel", shapes=(("2",), _CENTRES), origin_of="positions"),
            Field("canvas", "shape"),
            Field("batch", "integer", optional=True),
        ),
        (
            Field("numerator", "complex", ("*",), shapes=_CANVASES),
            Field("count", "real", ("*",), shapes=_CANVASES),
            Field("canvas", "complex", ("*",), shapes=_CANVASES),
        ),
        "Patch pixel N//2 lies on canvas pixel (H//2, W//2) + position - centre. One centre (2,): all patches "
        "on one canvas (H, W); "
        "centres (B, 1, 2, 1): each group on its own, (B, H, W). canvas = numerator / count where count >= "
        "1e-3, else 0.",
        both_modes=True,
        permuted=("B", "C"),
        linear_in=("patches",),
        differentiable=(("numerator", "patches"),),
        choices=(Choice("one centre", "centre", rank=1), Choice("own centres")),
    ),
    Stage(
        "loss",
        (
            Field("amplitude", "real", _CHANNEL, "sqrt(count)"),
            Field("counts", "real", _CHANNEL, "count", double=True),
            Field("scale", "scalar"),
            Field("patches", "complex", _CHANNEL),
        ),
        (
            Field("poisson_nll", "scalar"),
            Field("amplitude_mae", "scalar"),
            Field("total_variation", "scalar"),
        ),
        "Poisson NLL rate - counts log(rate), rate = max((sA)^2, 1e-6), summed over pixels and channels, mean "
        "over the batch; "
        "mean |sA - sqrt(counts)|; sum of |differences| of neighbouring pixels along x and y, mean over the batch.",
        permuted=("B", "C"),
        differentiable=(
            ("poisson_nll", "amplitude"),
            ("amplitude_mae", "amplitude"),
            ("total_variation", "patches"),
        ),
        parameters=(
            _NLL_MEAN,
            _LOG_FACTORIAL,
            Parameter("mae_mean", "pixels", ("batch", "none"), f"the mean of the amplitude error. {_MEANS}"),
            Parameter(
                "variation_norm",
                "modulus",
                ("squared", "parts"),
                "the size of a difference d: `modulus` |d|, `squared` |d|^2, `parts` |Re d| + |Im d|",
            ),
            Parameter("variation_mean", "batch", ("pixels", "none"), f"the mean of the total variation. {_MEANS}"),
        ),
    ),
    Stage(
        "objective",
        (
            Field("counts", "real", _CHANNEL, "count", double=True),
            _POSITIONS,
            Field("centres", "position", _CENTRES, "pixel", origin_of="positions"),
            Field("probe", "complex", ("P", "N", "N")),
            Field("scale", "scalar"),
            Field("weights", "real", ("W",), axis_words=("weight",)),
            Field("canvas", "shape"),
            Field("object_big", "flag"),
            Field("power", "scalar", unit="count", optional=True),
        ),
        (Field("amplitude", "real", _CHANNEL, "sqrt(count)"), Field("poisson_nll", "scalar")),
        "What training minimises: network(sqrt(counts)), then (object_big) each group reassembled around its own "
        "centre and cut again at its positions, illuminated, diffracted; the Poisson NLL of scale x amplitude. With "
        "`power`, the probe is first scaled to sum |P|^2 = power.",
        differentiable=(("poisson_nll", "weights"), ("poisson_nll", "scale"), ("poisson_nll", "probe")),
        exempt={"gradient": "a law of its own holds it to differences of the oracle, parameter by parameter"},
        composed_of=_OBJECTIVE,
        multiples={"N": 4},
        divisible=("P",),
        choices=(Choice("object_big", "object_big", value=True), Choice("patches")),
        parameters=(_NLL_MEAN, _LOG_FACTORIAL),
    ),
    Stage(
        "stats",
        (Field("patches", "complex", _CHANNEL),),
        tuple(Field(name, "real", ("B", "C")) for name in ("mean", "std", "minimum", "maximum", "var_zero_mean")),
        "Of |patches|, per patch; population (divide by n): var_zero_mean = mean((|x| - mean|x|)^2), std its root.",
        items="B",
        permuted=("C",),
        parameters=(Parameter("std_ddof", 0, (1,), "std divides by n less so many"),),
    ),
)

#: Stages that act on the model which a backend holds; in :data:`STAGES` the answer depends on the inputs alone.
_MODEL_STAGES: Final[tuple[Stage, ...]] = (
    Stage(
        "train",
        (
            Field("counts", "real", ("G", "N", "N", "C"), "count", double=True),
            Field("positions", "position", ("G", "1", "2", "C"), "pixel"),
            Field("centres", "position", ("G", "1", "2", "1"), "pixel", origin_of="positions"),
            Field("probe", "complex", ("P", "N", "N")),
            Field("scale", "scalar", optional=True),
            Field("weights", "real", ("W",), axis_words=("weight",)),
            Field("order", "index", ("S", "B")),
            Field("watch", "index", ("K",)),
            Field("canvas", "shape"),
            Field("settings", "settings"),
        ),
        (
            Field("losses", "real", ("S",), double=True),
            Field("patches", "complex", ("K", "N", "N", "C")),
        ),
        "Step t minimises the objective on the groups order[t] by the Adam of "
        "parity_suite.ptychography.learning.settings and records the loss before it; without a scale it starts from "
        "that of the data, under a transparent object. "
        "Afterwards the backend holds the trained model; patches are those of the groups `watch` on the training path.",
        composed_of=(*_OBJECTIVE, "objective"),
        quick_laws=("precedence", "movement"),
        of_model=True,
        answers_as="infer",
        choices=(Choice("trained probe", "settings", value=True, key="train_probe"), Choice("fixed probe")),
    ),
    Stage(
        "bundle",
        (Field("folder", "text"),),
        (),
        "save(folder) writes the model, load(folder) makes it the one that is held, state() says what it is: "
        "`intensity_scale` and every array of it by name.",
        quick_laws=("refused_load",),
        of_model=True,
        answers_as="infer",
        is_method=False,
    ),
    Stage(
        "infer",
        (Field("amplitude", "real", _CHANNEL, "sqrt(count)"), Field("batch", "integer", optional=True)),
        (Field("patches", "complex", _CHANNEL),),
        "The patches of the evaluation path, `batch` groups at a time; infer_stream stitches chunks that never are in "
        "memory together.",
        items="B",
        composed_of=("network", "reassemble"),
        quick_laws=("oracle", "batch_invariance", "streaming"),
        of_model=True,
        answers_as="infer",
    ),
)

#: No groups in, none out; no steps, none picked out, none drawn.
_MAY_BE_EMPTY: Final = ("B", "S", "K", "R", "C-1")
STAGES: Final = tuple(replace(stage, may_be_empty=_MAY_BE_EMPTY) for stage in _STAGES)
MODEL_STAGES: Final = tuple(replace(stage, may_be_empty=_MAY_BE_EMPTY) for stage in _MODEL_STAGES)

#: Canvas pixels with a smaller sum of weights are not covered.
COVER_THRESHOLD: Final = 1e-3
#: The Poisson rate is held at or above this value, with gradient 0 below.
RATE_FLOOR: Final = 1e-6
#: What a place in a field is called by the symbols of the axes.
AXIS_WORDS: Final = {
    **dict.fromkeys("BGKM", ("item",)),
    "S": ("step",),
    "P": ("mode",),
    "C": ("channel",),
    "N": ("row", "column"),
    "H": ("row",),
    "W": ("column",),
    "g": ("grid row", "grid column"),
}
LAYOUTS: Final = ("grid", "channel", "flat")
INTERPOLATIONS: Final = ("bilinear", "nearest")
