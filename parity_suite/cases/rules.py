"""What a pack says of a stage beyond its fields, each part of which may be left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.answers import steps_of_oracle
from parity_suite.cases.hypotheses import AnswerHypothesis, InputHypothesis
from parity_suite.compare.deviation import Array, Outcome
from parity_suite.core.kinds import Kind
from parity_suite.core.pack import Pack
from parity_suite.core.packs import BY_NAME, pack_of

if TYPE_CHECKING:
    # A pack that draws no inputs, and an idle run, need not import it.
    from hypothesis.strategies import SearchStrategy


class Rules:
    """What holds where a pack says nothing.

    Where a method stands for the right answer, as a gradient or a magnitude, its ``inputs`` hold the conventions of who
    is asked as well, by the names of the stage's parameters, where they are not the default.
    """

    def terms(self, inputs: Mapping[str, Any]) -> int:
        """How many terms round-off can accumulate over: the elements of the largest input."""
        return max((value.size for value in inputs.values() if isinstance(value, np.ndarray)), default=1)

    def adjoint(self, name: str, inputs: Mapping[str, Any], y: Array) -> Array:
        """``A* y`` of the stage as a linear map of its input ``name``, the others held fixed."""
        raise NotImplementedError

    def gradient(self, output: str, wrt: str, inputs: Mapping[str, Any], cotangent: Any) -> Array:
        """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) output)`` with respect to the input ``wrt``."""
        raise NotImplementedError

    def gradient_variants(
        self, wrt: str, name: str, inputs: Mapping[str, Any]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The inputs, under the names of variants, at which a gradient with respect to the input ``wrt`` is asked for:
        those of the variant ``name``, unless the stage has a kink there.
        """
        yield name, inputs

    def gradient_size(
        self, wrt: str, name: str, inputs: Mapping[str, Any], cotangent: Any, precision: str
    ) -> float | None:
        """The norm that the error of a gradient is measured against where its terms cancel; None for its own."""
        return None

    def where_flat(self, output: str, wrt: str) -> tuple[Kind, str] | None:
        """What it means that a gradient is right but where it should be zero; None where something is not set."""
        return None

    def compare(
        self, field: str, variant: str, got: Mapping[str, Any], want: Mapping[str, Any]
    ) -> Iterable[Outcome] | None:
        """How an output is held to an expected one where the measure of its kind does not fit; None where it does."""
        return None

    def settled(self, arguments: Mapping[str, Any], outputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Outputs as the oracle would have them, where a convention leaves a choice and another one was made."""
        return outputs

    def magnitudes(self, inputs: Mapping[str, Any], answer: Callable[[], Mapping[str, Any]]) -> Mapping[str, float]:
        """What errors of outputs are measured against where that is not the output; ``answer`` gives the oracle's."""
        return {}

    def another(self, name: str, positions: Array) -> Array:
        """Other positions for an input, in the same shape, so that the stage has another answer."""
        return np.asarray(positions * positions.dtype.type(0.75))

    def strategy(self) -> SearchStrategy[dict[str, Any]]:
        """Inputs in float64 that hypothesis draws and shrinks."""
        raise NotImplementedError

    def input_hypotheses(self) -> Iterator[InputHypothesis]:
        """Ways to misread inputs beyond those that follow from the fields."""
        yield from ()

    def answer_hypotheses(self) -> Iterator[AnswerHypothesis]:
        """Ways to compute the stage wrongly that are no other reading of its inputs."""
        yield from ()

    def coordinates(self, stage: str, subject: Subject) -> str:
        """The precision in which a backend computes places where the stage samples, ``images`` for that of the images:
        what its class declares in its capabilities, else float64.
        """
        return subject.capabilities.coordinates.get(stage, "float64")

    def faulty_methods(self) -> Mapping[str, Callable[..., Any]]:
        """Methods of a backend, beside the stage's own, through which the stage is reached: each as a copy with a fault
        in the stage has it.
        """
        return {}

    def lacking(self, cls: type[Any]) -> frozenset[str]:
        """What faults in the stage need and a backend's class does not have, whatever its input."""
        return frozenset()

    def validate(self, inputs: Mapping[str, Any]) -> None:
        """ValueError or TypeError naming the field where inputs keep the fields of the stage and mean nothing to it, by
        whatever conventions.
        """

    def damages(self, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Inputs that the stage must refuse beyond those that break its fields: the field to be named, what was done
        to it, and all inputs.
        """
        yield from ()


class _Fused(Rules):
    """Those of a fused stage: it answers as its last part does, and places are as fine as in the coarsest of them."""

    def __init__(self, stage: str) -> None:
        self._stage, self._parts = stage, [rules_of(part) for part in BY_NAME[stage].replaces]

    def compare(
        self, field: str, variant: str, got: Mapping[str, Any], want: Mapping[str, Any]
    ) -> Iterable[Outcome] | None:
        return self._parts[-1].compare(field, variant, got, want)

    def magnitudes(self, inputs: Mapping[str, Any], answer: Callable[[], Mapping[str, Any]]) -> Mapping[str, float]:
        if not pack_of(self._stage).answers(self._stage):
            return {}
        _, given, found = list(steps_of_oracle(self._stage, inputs))[-1]
        return self._parts[-1].magnitudes(given, lambda: found)

    def coordinates(self, stage: str, subject: Subject) -> str:
        own = super().coordinates(stage, subject)
        parts = zip(BY_NAME[stage].replaces, self._parts, strict=True)
        every = (own, *(rules.coordinates(part, subject) for part, rules in parts))
        return next((one for one in every if one != own), own)


class _FusedWithGradient(_Fused):
    """Of parts that each have a formula, the gradient by the chain rule."""

    def gradient(self, output: str, wrt: str, inputs: Mapping[str, Any], cotangent: Any) -> Array:
        back: dict[str, Any] = {output: cotangent}
        for part, given, found in reversed(list(steps_of_oracle(self._stage, inputs))):
            every = {name: back.pop(name) for name in found if name in back}
            for made, name in BY_NAME[part].differentiable:
                if made in every and name in given:
                    back[name] = back.get(name, 0) + rules_of(part).gradient(made, name, given, every[made])
        return np.asarray(back[wrt])


@cache
def rules_of(stage: str) -> Rules:
    """Those of a stage: the class of its pack's module of rules that is called as the stage, in capitalised words; of a
    fused one what follows from the rules of its parts.
    """
    pack = pack_of(stage)
    if stage in BY_NAME and (parts := BY_NAME[stage].replaces):
        formulas = [has_rule(part, "gradient") or not BY_NAME[part].differentiable for part in parts]
        return (_FusedWithGradient if pack.answers(stage) and all(formulas) else _Fused)(stage)
    own = _classes(pack).get(_capitalised(stage))
    if own is None:
        return Rules()
    return own()


def _capitalised(stage: str) -> str:
    return "".join(word.capitalize() for word in stage.split("_"))


def _classes(pack: Pack) -> dict[str, type[Rules]]:
    """The rules of a pack by their names; ValueError where one is of no stage."""
    module = import_module(pack.rules) if pack.rules else None
    found = {name: one for name, one in vars(module).items() if _is_rules(name, one)} if module else {}
    stages = {_capitalised(stage) for stage in (*pack.by_name, *pack.chains)}
    if strange := sorted(set(found) - stages):
        raise ValueError(f"pack {pack.name}: {pack.rules} has a class {strange[0]}, and no stage is called so")
    return found


def _is_rules(name: str, one: object) -> bool:
    return isinstance(one, type) and issubclass(one, Rules) and one is not Rules and not name.startswith("_")


def has_rule(stage: str, name: str) -> bool:
    """Whether a pack says it of a stage."""
    return getattr(type(rules_of(stage)), name) is not getattr(Rules, name)
