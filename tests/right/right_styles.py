"""Two whole backends in plain NumPy, in two styles, on which the budgets stand beside those of the frameworks."""

from __future__ import annotations

from right_network import ShiftedConvolutions, composed_objective
from right_optics import (
    CountsOfItsPrecision,
    OrthoTransform,
    PartsOfPrecision,
    ScalarOfItsPrecision,
    ScaleInItsPrecision,
    SummedProduct,
    TwoTransforms,
)
from right_places import Interpolated, MovedLayouts, PixelMinusOffset
from right_sums import LossesInBlocks, LossesTermByTerm, PixelByPixel, TwoPasses


class Strided(
    OrthoTransform,
    SummedProduct,
    ScaleInItsPrecision,
    CountsOfItsPrecision,
    PixelMinusOffset,
    MovedLayouts,
    LossesInBlocks,
    TwoPasses,
    ShiftedConvolutions,
):
    """Sums along strided axes in the precision of the backend, places as pixel minus offset."""

    objective = composed_objective


class Stepwise(
    TwoTransforms,
    PartsOfPrecision,
    ScalarOfItsPrecision,
    CountsOfItsPrecision,
    Interpolated,
    MovedLayouts,
    LossesTermByTerm,
    PixelByPixel,
    ShiftedConvolutions,
):
    """One axis, one part and one pixel after the other, and scalars in the precision of the backend."""

    objective = composed_objective
