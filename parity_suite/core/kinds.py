"""Kinds of mistakes, as a diagnosis names them and as faults are sorted by."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What was done wrong, in words that follow "looks like"."""

    SIGN = "opposite sign"
    AXES = "x and y swapped"
    MIRROR = "mirrored"
    TRANSPOSE = "transposed"
    SHIFT = "shifted by whole pixels"
    HALF_PIXEL = "off by half a pixel"
    NEAREST = "rounded to whole pixels"
    WHOLE = "rounded to whole numbers"
    QUANTISED = "kept in steps of a fraction"
    SCALED = "scaled about the centre"
    CUBIC = "interpolated by cubics"
    CENTRE = "another centre"
    CLIPPED = "clipped"
    BORDER = "border handled otherwise"
    WRAPPED = "wrapped around at the border"
    REFLECTED = "reflected at the border"
    REPLICATED = "border repeated outside"
    FFTSHIFT = "zero frequency elsewhere"
    FACTOR = "off by a constant factor"
    OFFSET = "off by a constant"
    POWER = "squared, or a root missing"
    MODULUS = "modulus, real part or phase alone"
    CONJUGATE = "conjugated"
    ORDER = "in another order"
    AXIS = "one axis taken for another"
    RESHAPE = "reshaped where it should be transposed"
    NEIGHBOUR = "wrong neighbours"
    SEED_POINT = "seed point left out of its group"
    DROPPED = "dropped, or left blank"
    REPEATED = "one for all"
    CONSTANT = "the same whatever is given"
    ZERO = "zero"
    UNSET = "not set where nothing lies"
    STATE = "depends on what was asked before"
    FORM = "depends on how an array lies in memory"
    THREAD = "depends on the thread"
    BATCH = "depends on the batch"
    MADE_FOR = "made for the batch size that was asked first"
    PRECISION = "computed in less precision"
    FLOAT32_INSIDE = "computed in float32 inside"
    REDUCTION = "summed, averaged or picked otherwise"
    DDOF = "divided by n - 1"
    DENOMINATOR = "something added to what it divides by"
    MASK = "mask off its centre, or with another edge"
    FLOOR = "floor or threshold handled otherwise"
    SEED = "seed not kept to"
    DISTRIBUTION = "drawn from another distribution"
    IGNORED = "something given is ignored"
    FORMULA = "another formula"
    OUTPUT = "another output in its place"
    DTYPE = "wrong dtype"
    SHAPE = "wrong shape"
    NAME = "an output is missing"
    NAN = "not a number"
    IN_PLACE = "writes into its input"
    CRASH = "fails"
    REFUSAL = "takes what must be refused"
    FROZEN = "not trained, or trained though it should not be"
    OPTIMISER = "another step of training"
    STORAGE = "not the model that was saved"
    SWITCH = "another implementation than asked for"
    COMPILED = "compiled more often than needed"
    DEVICE = "on another device"


#: What a float64 that is float32 somewhere inside looks like, and nothing else.
FLOAT32: Final = frozenset({Kind.PRECISION, Kind.FLOAT32_INSIDE})
#: What lost digits, an overflow or an underflow look like as well.
ARITHMETIC: Final = frozenset(
    {
        Kind.PRECISION,
        Kind.FLOAT32_INSIDE,
        Kind.ZERO,
        Kind.NAN,
        Kind.CLIPPED,
        Kind.CONSTANT,
        Kind.DROPPED,
        Kind.OFFSET,
        Kind.NEAREST,
        Kind.WHOLE,
        Kind.QUANTISED,
        Kind.DENOMINATOR,
        Kind.FLOOR,
        Kind.BORDER,
        Kind.FORMULA,
    }
)
