"""The cases of a pack, and the inputs of its stages on them.

The module of a pack's cases has ``CASES``, a sequence of cases, or ``select(selection, files)``, which gives those of a
selection; and ``inputs(stage, case, rng)``, which gives the inputs of a stage by name or, of several variants, pairs of
a name and its inputs. An ``inputs`` that also takes ``dataset`` is handed that of the case, None where it has none, and
one that takes ``run`` the context of the run; a ``select`` that also takes ``limits`` what the backends declare that
are asked.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from inspect import signature
from math import prod
from typing import Any, Final

import numpy as np

from parity_suite.backends.capabilities import Capabilities
from parity_suite.cases.datasets import dataset_of
from parity_suite.cases.joined_inputs import joined_inputs
from parity_suite.core.case import Case
from parity_suite.core.context import RunContext
from parity_suite.core.pack import Pack
from parity_suite.core.packs import BY_NAME, chain_of, pack_of
from parity_suite.core.stage import Field

#: Selections of laws that ask a stage once or a few times, and of those that ask it many times.
_MANY: Final = frozenset({"all", "batches"})
_FEW: Final = frozenset({"small", "made", "modes", "data", "paired"})
_ONE: Final = frozenset({"single", "tiny"})


#: Where there are no measured datasets.
NO_FILES: Final[Mapping[str, str]] = {}


def cases_of(
    pack: Pack, selection: str, files: Mapping[str, str] = NO_FILES, limits: Sequence[Capabilities] = ()
) -> tuple[Case, ...]:
    """The cases of a selection: all, those that are quick, or the first that is; none where the pack has no such.

    ``files`` are the names of measured datasets, with the pack of each: those of this one are quick cases. ``limits``
    are what the backends declare that will be asked of them together.
    """
    module, own = import_module(pack.cases), [name for name, home in files.items() if home == pack.name]
    if hasattr(module, "select"):
        more = {"limits": limits} if "limits" in signature(module.select).parameters else {}
        return tuple(module.select(selection, own, **more))
    cases = (*module.CASES, *(Case(name, "file", source=name) for name in own))
    quick = tuple(case for case in cases if not case.slow)
    return cases if selection in _MANY else quick if selection in _FEW else quick[:1] if selection in _ONE else ()


def taken_cases(stage: str, cases: Sequence[Case]) -> Iterator[Case]:
    """Those whose sizes a stage, or what is called as one, takes, as far as they say them."""
    return (case for case in cases if stage not in BY_NAME or BY_NAME[stage].takes(dict(case.sizes)))


def elements(stage: str, case: Case) -> int:
    """About how many numbers a stage, or a chain, is given on a case, as far as that says its sizes."""
    arrays = (field.axes for field in _fields(stage))
    return sum(prod(max(case.size(axis, 1), 1) for axis in axes) for axes in arrays)


def inputs_of(context: RunContext, stage: str, case: Case) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The inputs of a stage on a case, under the names of their variants."""
    if parts := BY_NAME[stage].replaces if stage in BY_NAME else ():
        yield from joined_inputs([BY_NAME[one] for one in parts], lambda part: inputs_of(context, part, case))
        return
    function = import_module(pack_of(stage).cases).inputs
    taken = signature(function).parameters
    more: dict[str, Any] = {"run": context} if "run" in taken else {}
    if "dataset" in taken:
        more["dataset"] = dataset_of(context, case) if case.source else None
    seed = [zlib.crc32(f"{stage} {case.name}".encode()), *(size for _, size in case.sizes)]
    made = function(stage, case, np.random.Generator(np.random.PCG64(seed)), **more)
    for name, inputs in (("made", made),) if isinstance(made, Mapping) else made or ():
        _require_inputs(stage, case, inputs)
        yield name, inputs


def training_inputs(context: RunContext, stage: str, case: Case, precision: str) -> Mapping[str, Any]:
    """What a stage that trains or holds a model starts from on a case; empty where the pack has no
    ``training_inputs(case, precision, run)`` beside its cases.
    """
    module = import_module(pack_of(stage).cases)
    found: Mapping[str, Any] = {}
    return module.training_inputs(case, precision, context) if hasattr(module, "training_inputs") else found


def _require_inputs(stage: str, case: Case, inputs: Mapping[str, Any]) -> None:
    """ValueError where the inputs of a pack are not those that its stage, or the stages of its chain, take."""
    fields = _fields(stage)
    lacking = [field.name for field in fields if not field.optional and field.name not in inputs]
    strange = sorted(set(inputs) - {field.name for field in fields})
    if lacking or strange:
        found = f"has {', '.join(strange)}" if strange else f"lacks {', '.join(lacking)}"
        wanted = ", ".join(field.name for field in fields)
        raise ValueError(f"{pack_of(stage).cases}: inputs of {stage} on {case.name} {found}; {stage} takes {wanted}")


def _fields(name: str) -> tuple[Field, ...]:
    """The inputs of a stage; of a chain what its stages take and none before them gives."""
    if not chain_of(name):
        return BY_NAME[name].inputs
    given: set[str] = set()
    found: dict[str, Field] = {}
    for stage in map(BY_NAME.__getitem__, chain_of(name)):
        found |= {field.name: field for field in stage.inputs if field.name not in given}
        given |= {field.name for field in stage.outputs}
    return tuple(found.values())
