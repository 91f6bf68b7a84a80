"""A kind of relation between fields: what its arguments are, what breaks it, and how drawn data are made to keep it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parity_suite.contracts.contents import Contents, Found
from parity_suite.contracts.model import Relation

#: Fields by name, as a sample of a contract is drawn.
Drawn = dict[str, NDArray[Any]]
Settle = Callable[[Relation, Drawn, np.random.Generator], None]

#: Arguments in JSON Schema: the name of a field, and how many times a value itself it may part from what is wanted.
FIELD: Final[Mapping[str, Any]] = {"type": "string", "minLength": 1}
RTOL: Final[Mapping[str, Any]] = {"type": "number", "exclusiveMinimum": 0}


@dataclass(frozen=True)
class RelationRule:
    """``broken`` gives a violation for each way in which the fields of a file do not keep it, and None where they do;
    it is asked only where its condition holds.
    """

    broken: Callable[[Relation, Contents], Found]
    #: arguments that are the name of a field, or a list of such names
    fields: tuple[str, ...]
    #: changes the values of drawn fields so that they keep it, where it is about values
    settle: Settle | None = None
    #: the argument that names a field the sum of whose squares is wanted, which the pass over the values then takes
    squares: str = ""
    #: of a pack's rule, every argument in JSON Schema; those of the language's own stand in its description
    arguments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def schema(self, name: str) -> Mapping[str, Any]:
        """A relation of this kind, in JSON Schema."""
        about = {"rule": {"const": name}, "doc": {"type": "string"}, "when": {"$ref": "#/$defs/condition"}}
        return {
            "type": "object",
            "properties": {**about, **self.arguments},
            "required": ["rule", "doc", *self.arguments],
            "additionalProperties": False,
        }
