"""Faults of one implementation of ``translate`` among several, and of the choice between them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Final

from parity_suite.core.kinds import Kind
from parity_suite.faults.fault import Ask, Fault, Given
from parity_suite.faults.need import Need
from parity_suite.ptychography.choice import chosen, chosen_by_none, coarse, keyword_for, made_for_each_shape
from parity_suite.ptychography.faults.shifts import BorderWeightsClipped, OffsetSign

Keywords = Mapping[str, Any]


class _InSome(Fault):
    """A mistake of some implementations; the others are right."""

    def answer(self, ask: Ask, given: Given) -> Any:
        cls = type(self.right)
        return self.wrong(ask, given) if chosen(self.right) in self.wrong_in(cls) else ask(given)

    def wrong_in(self, cls: type[Any]) -> tuple[str, ...]:
        raise NotImplementedError

    def wrong(self, ask: Ask, given: Given) -> Any:
        raise NotImplementedError


class _InCompiled(_InSome):
    """A mistake of the implementation that is compiled."""

    def wrong_in(self, cls: type[Any]) -> tuple[str, ...]:
        return made_for_each_shape(cls)[-1:]


class _InCoarse(_InSome):
    """A mistake of the implementation whose coordinates are coarser."""

    def wrong_in(self, cls: type[Any]) -> tuple[str, ...]:
        return coarse(cls)


class OppositeSignInOne(_InCoarse, stage="translate", kind=Kind.SIGN, needs=(Need.COARSE,)):
    """Moves by minus the offset in the implementation with coarser coordinates alone."""

    def wrong(self, ask: Ask, given: Given) -> Any:
        return OffsetSign().answer(ask, given)


class BorderWeightsClippedInOne(_InCoarse, stage="translate", kind=Kind.BORDER, needs=(Need.COARSE,)):
    """Divides by the weights that fall inside in the implementation with coarser coordinates alone."""

    def wrong(self, ask: Ask, given: Given) -> Any:
        return BorderWeightsClipped().answer(ask, given)


class OppositeSignInCompiled(_InCompiled, stage="translate", kind=Kind.SIGN, needs=(Need.COMPILED,)):
    """Moves by minus the offset in the compiled implementation alone."""

    def wrong(self, ask: Ask, given: Given) -> Any:
        return OffsetSign().answer(ask, given)


class BorderWeightsClippedInCompiled(_InCompiled, stage="translate", kind=Kind.BORDER, needs=(Need.COMPILED,)):
    """Divides by the weights that fall inside in the compiled implementation alone."""

    def wrong(self, ask: Ask, given: Given) -> Any:
        return BorderWeightsClipped().answer(ask, given)


class DynamicBatchCrashes(_InCompiled, stage="translate", kind=Kind.CRASH, history=("F06",), needs=(Need.COMPILED,)):
    """Fails in the compiled implementation as soon as a batch has another size than the first one."""

    def __init__(self) -> None:
        self._first: int | None = None

    def wrong(self, ask: Ask, given: Given) -> Any:
        count = len(given["images"])
        self._first = count if self._first is None else self._first
        if count != self._first:
            raise RuntimeError(f"RET_CHECK failure (dynamic_padder.cc) dynamic size {count}, not {self._first}")
        return ask(given)


class CompiledForEverySize(
    _InCompiled, stage="translate", kind=Kind.COMPILED, history=("F06",), needs=(Need.COMPILED,)
):
    """Compiles anew for every size of batch above 64."""

    single = "what is made of a shape is counted by compilations alone"

    def __init__(self) -> None:
        self._sizes: set[int] = set()

    def wrong(self, ask: Ask, given: Given) -> Any:
        if len(given["images"]) > 64 and len(given["images"]) not in self._sizes:
            self._sizes.add(len(given["images"]))
            self._forget()
        return self.right.translate(**given)

    def _forget(self) -> None:
        """What was compiled is kept in an instance or, by PyTorch, in the process."""
        cls, right = type(self.right), self.right
        self.right = cls(device=right.device, precision=right.precision, **keyword_for(cls, chosen(right)))
        dynamo: Any = sys.modules.get("torch._dynamo")
        if dynamo is not None:
            dynamo.reset()


def _own(cls: type[Any], keywords: Keywords) -> Keywords:
    """The keyword for what a backend runs where nothing is said."""
    plain = {name: value for name, value in keywords.items() if name not in keyword_for(cls, "")}
    return keyword_for(cls, chosen_by_none(cls, lambda: cls(**plain)))


class TranslationKeywordIgnored(Fault, stage="translate", kind=Kind.SWITCH, history=("F07",), needs=(Need.CHOICE,)):
    """Takes the keyword and runs what would run without it."""

    def made_with(self, cls: type[Any], keywords: Keywords) -> Keywords:
        return {name: value for name, value in keywords.items() if name not in keyword_for(cls, "")}

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(given)


class TranslationHardWired(Fault, stage="translate", kind=Kind.SWITCH, history=("F07",), needs=(Need.CHOICE,)):
    """Takes the keyword and the environment, and runs the implementation that is written in."""

    def made_with(self, cls: type[Any], keywords: Keywords) -> Keywords:
        return {**keywords, **_own(cls, keywords)}

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(given)


class TranslationVariableIgnored(
    Fault, stage="translate", kind=Kind.SWITCH, history=("F07",), needs=(Need.CHOICE, Need.VARIABLE)
):
    """Takes the keyword, and runs the same whatever the environment says."""

    def made_with(self, cls: type[Any], keywords: Keywords) -> Keywords:
        return {**_own(cls, keywords), **keywords}

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(given)


#: Where the process that came first leaves its number for those that it starts.
_FIRST: Final = "PARITY_FAULT_FIRST_PROCESS"


class TranslationLostInNewProcess(Fault, stage="translate", kind=Kind.SWITCH, history=("F08",), needs=(Need.CHOICE,)):
    """Takes the choice in the process that it was first made in, and runs its default in those started from there."""

    single = "what runs in a fresh process is asked by compilations alone"

    def made_with(self, cls: type[Any], keywords: Keywords) -> Keywords:
        here = str(os.getpid())
        first = os.environ.setdefault(_FIRST, here)
        return keywords if first == here else {**keywords, **_own(cls, keywords)}

    def answer(self, ask: Ask, given: Given) -> Any:
        return ask(given)


class TranslationVariableLostInNewProcess(
    TranslationLostInNewProcess,
    stage="translate",
    kind=Kind.SWITCH,
    history=("F08",),
    needs=(Need.CHOICE, Need.VARIABLE),
):
    """Takes the keyword everywhere, and the environment in the process alone that was first asked."""

    def made_with(self, cls: type[Any], keywords: Keywords) -> Keywords:
        return keywords if keyword_for(cls, "").keys() & keywords else super().made_with(cls, keywords)
