"""Mistakes in what is declared of a function."""

from __future__ import annotations

from parity_suite.core.kinds import Kind
from parity_suite.faults.declaration_fault import DeclarationFault
from parity_suite.faults.need import Need


class OffsetsDeclaredOtherwise(DeclarationFault, stage="translate", kind=Kind.DECLARED, needs=(Need.DECLARED,)):
    """Is declared to take offsets in another order, or of another sign, than its function does."""

    field = "offsets"


class MeanDeclared(DeclarationFault, stage="loss", kind=Kind.DECLARED):
    """Is declared to take the mean of the Poisson NLL over all pixels, and sums over those of an item."""

    field = "nll_mean"
