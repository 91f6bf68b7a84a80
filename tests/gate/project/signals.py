"""A pack of two stages on signals, each of which exists twice, in loops and in vectors."""

from parity_suite import Case, Field, Pack, Stage

STEP = Stage(
    "step",
    inputs=(Field("signals", "real", ("B", "N")),),
    outputs=(Field("steps", "real", ("B", "N")),),
    doc="The difference to the sample before, of the first one to zero.",
    items="B",
    linear_in=("signals",),
)
DOUBLE = Stage(
    "double",
    inputs=(Field("signals", "real", ("B", "N")),),
    outputs=(Field("doubled", "real", ("B", "N")),),
    doc="Twice each sample.",
    items="B",
    linear_in=("signals",),
)
PACK = Pack("signals", stages=(STEP, DOUBLE), cases="signals")
CASES = (Case.of_sizes("n9", B=3, N=9),)


def inputs(stage, case, rng):
    return {"signals": rng.normal(size=(case.size("B"), case.size("N"))) + 1}
