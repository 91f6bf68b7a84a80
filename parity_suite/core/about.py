"""What of a stage something measured is about, so that nobody reads it out of a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: The variant of inputs that are drawn at random: another run, or another fault, may be shown others.
DRAWN: Final = "found"


@dataclass(frozen=True)
class About:
    """What of a stage an outcome is about; empty where it is about nothing of the kind."""

    #: the output of the stage
    field: str = ""
    #: the input that it is differentiated with respect to, where it is a gradient
    wrt: str = ""
    #: the inputs that it was asked of, and the mode that it was asked in
    variant: str = ""
    mode: str = ""
    #: which of several implementations gave it, where not the default one did
    implementation: str = ""
    #: the stage that was asked before, where the answer was another one without
    after: str = ""

    @property
    def drawn(self) -> bool:
        """Whether the inputs were drawn at random."""
        return self.variant == DRAWN

    @property
    def name(self) -> str:
        """The output, or its gradient; empty where it is about nothing of the kind."""
        return f"d {self.field} / d {self.wrt}" if self.wrt else self.field


ABOUT_NOTHING: Final = About()
