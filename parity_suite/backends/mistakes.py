"""Mistakes in how a backend's class is written: names that are nearly those by which its stages are asked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import Parameter
from typing import Any, Final

from parity_suite.backends.methods import own_method
from parity_suite.backends.protocols import other_methods
from parity_suite.backends.raised import importable
from parity_suite.core.context import RunContext, remembered
from parity_suite.core.fused import JOINT
from parity_suite.core.implementations import declared_by, method_of
from parity_suite.core.packs import BY_NAME
from parity_suite.core.way import Raised

#: The frameworks that an extra of this package brings along.
_OF_EXTRA: Final = frozenset({"torch", "tensorflow"})

#: In the place of an exception, which nothing raised.
MISNAMED: Final = "Misnamed"

#: From so many letters on two may be wrong: ``close`` is two from ``loss`` and means something else.
_LONG: Final = 6


@remembered(maxsize=32)
def mistakes_of(context: RunContext, cls: type[Any]) -> Mapping[str, Raised]:
    """What keeps each stage of a class from being asked, by the stage, as if the line of code had raised it."""
    return {**dict(_misnamed_methods(cls)), **dict(_misnamed_arguments(cls))}


def mend_of(error: BaseException) -> str:
    """What mends it that a class cannot be imported, as it follows the error; empty where that is not known."""
    missing = isinstance(error, ModuleNotFoundError) and error.name in _OF_EXTRA
    return ": pip install 'parity-suite[cpu]'" if missing else ""


def _methods() -> list[str]:
    """Stages that are one method of a backend; a bundle is three, and a chain of stages none."""
    return [name for name, stage in BY_NAME.items() if stage.is_method]


def _misnamed_methods(cls: type[Any]) -> Iterator[tuple[str, Raised]]:
    """Public methods that are nearly called like a stage which the class does not define."""
    public = {name for name in dir(cls) if name[0] != "_" and callable(getattr(cls, name, None))} - other_methods()
    for stage in sorted(stage for stage in _methods() if own_method(cls, stage) is None):
        if near := closest(stage, public):
            said = f"{cls.__name__} has a method {near} and no {stage}: call it {stage}, or, if it is another, _{near}"
            yield stage, _raised_at(getattr(cls, near), said)


def _misnamed_arguments(cls: type[Any]) -> Iterator[tuple[str, Raised]]:
    """Methods of stages that cannot be called with the stage's arguments by their names."""
    fused = [JOINT.join(stages) for stages in declared_by(cls).fused.values()]
    for stage in sorted([*_methods(), *(one for one in fused if one in BY_NAME)]):
        taken = _taken(cls, stage)
        if taken is None:
            continue
        wanted = BY_NAME[stage].arguments
        needed = [field.name for field in BY_NAME[stage].inputs if not field.optional]
        other = [name for name, must in taken.items() if name not in wanted and must]
        other += [name for name, must in taken.items() if not must and closest(name, set(wanted) - set(taken))]
        lacking = [name for name in needed if name not in taken]
        if lacking or other:
            words = [f"takes no {' and no '.join(lacking)}"] if lacking else []
            words += [f"takes {' and '.join(other)}, which it is not given"] if other else []
            said = f"{' and '.join(words)}: its arguments are {', '.join(wanted)}, by name"
            said = f"{cls.__name__}.{method_of(cls, stage)} {said}"
            yield stage, _raised_at(getattr(cls, stage), said)


def _taken(cls: type[Any], stage: str) -> dict[str, bool] | None:
    """The arguments that a method takes by name, and whether it must have them; None where it takes any, cannot be
    looked into, or is not there.
    """
    method = own_method(cls, stage)
    if method is None:
        return None
    try:
        parameters = list(inspect.signature(method).parameters.values())
    except (TypeError, ValueError):
        return None
    found = inspect.getattr_static(cls, stage)
    # What is no descriptor, such as an object that can be called, is not given the instance.
    alone = isinstance(found, staticmethod | classmethod) or not hasattr(type(found), "__get__")
    parameters = parameters if alone else parameters[1:]
    if any(one.kind is Parameter.VAR_KEYWORD for one in parameters):
        return None
    named = [one for one in parameters if one.kind is not Parameter.VAR_POSITIONAL]
    # One that is taken by place alone is not the argument of that name.
    return {
        f"{one.name}, /" if one.kind is Parameter.POSITIONAL_ONLY else one.name: one.default is Parameter.empty
        for one in named
    }


def closest(name: str, others: Iterable[str]) -> str:
    """The one of several names that is a letter or, of a long one, two letters from a name; empty where none is."""
    allowed = 2 if len(name) >= _LONG else 1
    near = {other: letters_between(name, other) for other in others if abs(len(other) - len(name)) <= allowed}
    return min((one for one in sorted(near) if 0 < near[one] <= allowed), key=near.__getitem__, default="")


def letters_between(one: str, other: str) -> int:
    """How many letters must be put in, left out, changed or swapped with the next one (Damerau and Levenshtein, without
    a change of what was swapped).
    """
    rows = [list(range(len(other) + 1))]
    for i, left in enumerate(one, 1):
        row = [i]
        for j, right in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (left != right))
            if i > 1 and j > 1 and (left, one[i - 2]) == (other[j - 2], right):
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def _raised_at(method: Callable[..., Any], message: str) -> Raised:
    code = getattr(inspect.unwrap(method), "__code__", None)
    if code is None:
        return Raised(MISNAMED, message)
    return Raised(MISNAMED, message, importable(code.co_filename), code.co_firstlineno, code.co_qualname)
