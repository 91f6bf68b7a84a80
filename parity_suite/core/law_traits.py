"""What is true of a law wherever it is asked, beside what it measures, as it says where it is registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final, Literal

from parity_suite.core.kinds import Kind


@dataclass(frozen=True)
class LawTraits:
    """Each is left out where it does not hold."""

    #: asks every case as it is, of the oracle
    plain: bool = False
    #: asks other sizes than those of its case, or as many as it likes
    other_sizes: bool = False
    #: where a failure of it stands among those of its cause: above 0 what a person understands at sight, below 0 what
    #: only follows from others
    telling: int = 0
    #: asked of the oracle as well, which alone writes what it holds others to
    of_oracle: bool = False
    #: asks every mode, each of which is compiled
    each_mode: bool = False
    #: says again what another law has seen
    echo: bool = False
    #: holds arrays to what they must be by another way than the oracle's answer to a call
    of_arrays: bool = False
    #: the one kind of mistake that can break it, and the words for it
    means: tuple[Kind, str] | None = None
    #: means it where a rule is broken alone, and not where a number is off
    by_rules: bool = False
    #: means it where no oracle answers alone: to one it holds what may be wrong by itself
    without_oracle: bool = False
    #: draws its inputs anew in each precision
    drawn: bool = False
    #: compares with the oracle and has a budget of its own, so that its calls are held to that
    own_budget: bool = False
    #: holds a backend to itself or to another: two answers within the oracle's budget lie at most two of it apart, and
    #: on another machine they may well do so where here they agreed to the last bit
    relative: bool = False
    #: the same of models, whose answers are held to the oracle where they answer
    relative_of_models: bool = False
    #: the law whose budget it has: it asks what that one does, in other forms, numbers or surroundings
    budget_of: str = ""
    #: what a single call under it tells of a stage at a glance
    at_a_glance: Literal["", "answers", "refuses"] = ""
    #: asks what no mistake in a stage's method can reach, but one in a backend's other methods
    of_kernels: bool = False
    #: asks for an implementation that is made for each shape, which takes as long as all other laws together
    each_shape: bool = False
    #: sees only faults that need one of these
    sees: frozenset[str] = frozenset()
    #: not asked of faulty models: what it sees, others see sooner
    untried: bool = False
    #: compiles, or asks processes that are started for it: workers share these by themselves
    compiles: bool = False
    starts_processes: bool = False

    def joined(self, other: LawTraits) -> LawTraits:
        """What either says: laws of one name mean one thing."""
        said = {one.name: getattr(self, one.name) or getattr(other, one.name) for one in fields(self)}
        return LawTraits(**said)


#: By the names of laws; one that is not in it has none.
Traits = Mapping[str, LawTraits]
NO_TRAITS: Final = LawTraits()
#: Where laws cannot be asked.
NOTHING_SAID: Final[Traits] = MappingProxyType({})
