"""What a pack says of a stage beyond its fields, each part of which may be left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from parity_suite.compare.deviation import Array
from parity_suite.core.pack import Pack
from parity_suite.core.packs import pack_of


class Rules:
    """What holds where a pack says nothing."""

    def terms(self, inputs: Mapping[str, Any]) -> int:
        """How many terms round-off can accumulate over: the elements of the largest input."""
        return max((value.size for value in inputs.values() if isinstance(value, np.ndarray)), default=1)

    def adjoint(self, name: str, inputs: Mapping[str, Any], y: Array) -> Array:
        """``A* y`` of the stage as a linear map of its input ``name``, the others held fixed."""
        raise NotImplementedError

    def gradient(self, output: str, wrt: str, inputs: Mapping[str, Any], cotangent: Any) -> Array:
        """``dL/dRe + i dL/dIm`` of ``L = Re sum(conj(cotangent) output)`` with respect to the input ``wrt``."""
        raise NotImplementedError

    def validate(self, inputs: Mapping[str, Any]) -> None:
        """ValueError or TypeError naming the field where inputs keep the fields of the stage and mean nothing to it."""

    def damages(self, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Inputs that the stage must refuse beyond those that break its fields: the field to be named, what was done
        to it, and all inputs.
        """
        yield from ()


@cache
def rules_of(stage: str) -> Rules:
    """Those of a stage: the class of its pack's module of rules that is called as the stage, in capitalised words."""
    pack = pack_of(stage)
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
