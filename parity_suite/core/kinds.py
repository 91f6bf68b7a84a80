"""Kinds of mistakes, as a diagnosis names them and as faults are sorted by."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What was done wrong, in words that follow "looks like"; what that means, and what it is judged on."""

    means: str
    #: of ``JUDGED_ON``, one or several
    judged_on: tuple[str, ...]

    def __new__(cls, words: str, means: str = "", *judged_on: str) -> Kind:
        """A kind is its words; the rest is for who looks it up."""
        made = str.__new__(cls, words)
        made._value_ = words
        made.means, made.judged_on = means, judged_on
        return made

    SIGN = (
        "opposite sign",
        "what is given or read is minus what it should be, or one of its coordinates is",
        "an output",
        "an input",
    )
    AXES = "x and y swapped", "two coordinates in each other's place", "an output", "an input"
    MIRROR = "mirrored", "flipped along rows, columns or both", "an output", "an input"
    TRANSPOSE = "transposed", "rows taken for columns", "an output", "an input"
    SHIFT = "shifted by whole pixels", "moved by the same pixels everywhere", "an output", "an input"
    HALF_PIXEL = (
        "off by half a pixel",
        "moved by half a pixel everywhere: counted from the corner of a pixel, not from its middle",
        "an output",
        "an input",
    )
    NEAREST = "rounded to whole pixels", "places rounded, cut or rounded down to pixels", "an input"
    WHOLE = "rounded to whole numbers", "counts or photons cut or rounded to whole ones", "an input"
    COUNTED = "off by one", "a number or an index one too high or too low, as counted from one", "an input"
    QUANTISED = (
        "kept in steps of a fraction",
        "places rounded to 1/2, 1/4 ... 1/4096 of a pixel or to decimals",
        "an input",
    )
    SCALED = (
        "scaled about the centre",
        "places scaled by N / (N - 1) or its reciprocal about the middle: aligned and other corners mixed up",
        "an answer",
    )
    CUBIC = "interpolated by cubics", "sampled with a cubic kernel where a linear one is meant", "an answer"
    CENTRE = "another centre", "measured from another point than the one that is given", "an input", "an answer"
    CLIPPED = "clipped", "held above or below one value", "an output", "an input"
    BORDER = "border handled otherwise", "right inside and wrong along the border", "an output", "an answer"
    WRAPPED = "wrapped around at the border", "what leaves at one side comes in at the other", "an answer"
    REFLECTED = "reflected at the border", "mirrored outside, where zeros are meant", "an answer"
    REPLICATED = "border repeated outside", "the border pixel outside, where zeros are meant", "an answer"
    FFTSHIFT = (
        "zero frequency elsewhere",
        "not shifted to the middle, once too often, or back where it should be shifted",
        "an output",
        "an input",
    )
    FACTOR = (
        "off by a constant factor",
        "a number too large or too small by one factor everywhere, or turned by one phase",
        "an output",
    )
    OFFSET = "off by a constant", "one number added everywhere", "an output"
    POWER = (
        "squared, or a root missing",
        "a power too many or too few, as of an amplitude and an intensity",
        "an output",
        "an input",
    )
    MODULUS = (
        "modulus, real part or phase alone",
        "a part of complex values in the place of all",
        "an output",
        "an input",
    )
    CONJUGATE = (
        "conjugated",
        "the complex conjugate, as of a transform that goes the other way",
        "an output",
        "an input",
    )
    ORDER = (
        "in another order",
        "items, channels or points in another order, or begun again after some of them",
        "an output",
        "an input",
        "an answer",
    )
    AXIS = (
        "one axis taken for another",
        "two axes of one length in each other's place, which are no rows and columns",
        "an output",
        "an input",
        "an answer",
    )
    RESHAPE = (
        "reshaped where it should be transposed",
        "elements read along other axes than they lie in memory",
        "an output",
        "an input",
        "an answer",
    )
    NEIGHBOUR = "wrong neighbours", "other points in a group", "an answer"
    SEED_POINT = "seed point left out of its group", "a group of neighbours alone", "an answer"
    DROPPED = (
        "dropped, or left blank",
        "items, modes, rows, columns or the answers to some questions missing or zero, and the others right",
        "an output",
        "an input",
        "the contract",
    )
    REPEATED = "one for all", "the first, the mean or the sum in the place of each", "an output", "an input"
    CONSTANT = "the same whatever is given", "one number, or one image, for every question", "an output"
    ZERO = "zero", "zero everywhere, in every call that is wrong and each that could be", "an output"
    UNSET = (
        "not set where nothing lies",
        "right where something is wanted, and not zero elsewhere",
        "an output",
        "answers",
    )
    STATE = (
        "depends on what was asked before",
        "a fresh instance answers rightly, or one question has two answers",
        "answers",
        "the law",
    )
    FORM = "depends on how an array lies in memory", "the same values in another form have another answer", "answers"
    THREAD = "depends on the thread", "another answer in another thread", "answers"
    BATCH = (
        "depends on the batch",
        "items that are right one by one are wrong together, or the mean of the batch is taken off",
        "answers",
        "an input",
    )
    MADE_FOR = (
        "made for the batch size that was asked first",
        "right after another batch of the same size, wrong after one of another",
        "answers",
    )
    PRECISION = (
        "computed in less precision",
        "rounded to float32, float16, TF32 or bfloat16, as the text says, or more round-off than there should be",
        "an output",
        "an input",
        "the law",
    )
    FLOAT32_INSIDE = "computed in float32 inside", "float64 that has the digits of float32", "the law"
    REDUCTION = "summed, averaged or picked otherwise", "a sum for a mean, or a mean over something else", "an output"
    DDOF = "divided by n - 1", "the variance of a sample for that of all", "an output"
    DENOMINATOR = "something added to what it divides by", "a constant in a denominator, against zeros", "an output"
    MASK = (
        "mask off its centre, or with another edge",
        "another disk than the one that is meant: about another point, softer, wider",
        "an answer",
    )
    FLOOR = (
        "floor or threshold handled otherwise",
        "another least value, or another count from which a pixel is covered",
        "an answer",
    )
    SEED = "seed not kept to", "two answers under one seed", "answers"
    DISTRIBUTION = "drawn from another distribution", "counts of other moments than they should have", "the gallery"
    DECLARED = (
        "declared otherwise than it is",
        "right code behind a declaration of order, sign, unit, layout or another convention that it does not keep",
        "an output",
        "an input",
        "a convention",
    )
    CONVENTION = (
        "another convention",
        "right by a convention that the stage has, and that is not declared",
        "a convention",
    )
    IGNORED = "something given is ignored", "a number, switch or array taken for its default", "an input"
    FORMULA = "another formula", "nothing simpler: a fault of the gallery is named by its own line", "the gallery"
    OUTPUT = "another output in its place", "what another output of the stage should be", "an output"
    DTYPE = "wrong dtype", "of another type than promised", "the contract"
    SHAPE = "wrong shape", "of another shape than promised", "the contract"
    NAME = "an output is missing", "a name that is promised and not given", "the contract"
    NAN = "not a number", "something that is not finite", "the contract"
    IN_PLACE = "writes into its input", "the caller's array is not as it was", "the contract"
    CRASH = "fails", "an exception out of the backend", "the contract"
    REFUSAL = "takes what must be refused", "damaged input is computed with", "the law"
    FROZEN = (
        "not trained, or trained though it should not be",
        "a parameter that stays, or one that moves",
        "the gallery",
    )
    OPTIMISER = "another step of training", "not the step of Adam as it is written out", "the gallery"
    STORAGE = "not the model that was saved", "a bundle that gives another model back", "the law"
    SWITCH = "another implementation than asked for", "what was chosen by name is not what runs", "the law"
    COMPILED = "compiled more often than needed", "compiled again for what was compiled before", "the law"
    DEVICE = "on another device", "something stays where it was made", "the law"


#: What a kind is judged on: where a diagnosis finds it.
JUDGED_ON: Final = {
    "an output": "a transformation of what was wanted gives what was got",
    "an input": "the oracle, asked of an input that is read otherwise, gives what was got",
    "a convention": "the oracle, asked by another convention of the stage, gives what was got",
    "an answer": "what the pack says that this mistake gives is what was got",
    "answers": "answers to one question, or to parts of it, are held to each other",
    "the contract": "the contract of the stage is broken, or it crashed",
    "the law": "the law that failed, or the verdict, means that alone",
    "the gallery": "only a fault of the gallery says so",
}

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
