"""What a stage is called with and returns, held to its contract."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from parity_suite.backends.exceptions import ContractBreach
from parity_suite.backends.returns import violations_of
from parity_suite.backends.troubles import Outputs
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Stage


def by_name(stage: Stage, result: Any, lacking: Collection[str] = ()) -> Any:
    """What a stage returned as outputs by name, but for those that it is not asked for; one alone may come bare."""
    names = [one.name for one in stage.outputs if one.name not in lacking]
    if stage.single or (len(names) == 1 and not isinstance(result, Mapping)):
        return {names[0]: result}
    return {k: v for k, v in result.items() if k not in lacking} if isinstance(result, Mapping) else result


def options_lacking(cls: type[Any], stage: str) -> frozenset[str]:
    """The inputs that a stage's contract calls optional and a class's method, if it has one, does not take."""
    options = frozenset(field.name for field in BY_NAME[stage].inputs if field.optional)
    method = getattr(cls, stage, None)
    if not options or not callable(method):
        return frozenset()
    taken = inspect.signature(method).parameters
    anything = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in taken.values())
    return frozenset() if anything else options - set(taken)


def changed_inputs(stage: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ContractBreach]:
    """A stage that writes into its inputs changes what the next stage sees."""
    for name, value in before.items():
        if isinstance(value, np.ndarray) and value.tobytes() != after[name].tobytes():
            yield ContractBreach(stage, f"changed its input {name} in place", (name, "in place"))


def held_outputs(
    stage: Stage,
    result: Any,
    sizes: Mapping[str, int],
    precision: str,
    blame: str = "",
    lacking: frozenset[str] = frozenset(),
) -> tuple[ContractBreach | None, Outputs]:
    """The outputs that keep the contract of a stage; and what names every field whose type, shape or finiteness is
    off, of the stage to ``blame`` where another one returned it. Outputs that are ``lacking`` are not asked for.
    """
    blame = blame or stage.name
    if not isinstance(result, Mapping):
        what = f"returned {type(result).__name__}, not a mapping from names to results"
        breach = ContractBreach(blame, what, ("", "type"))
        return breach, Outputs({}, breach)
    violations = violations_of(stage, result, sizes, precision, lacking)
    if not violations:
        return None, Outputs(result)
    breach = ContractBreach.returned(blame, violations)
    return breach, Outputs(result, breach)
