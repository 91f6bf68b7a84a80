"""`parity check-backend` tries what a class declares to be outside of what it can do."""

from __future__ import annotations

from typing import Any

import limited
import pytest
from limited import LIMITED, STAGES, OneMode, Plain, Unrefusing

from parity_suite import Capabilities, Sizes
from parity_suite.cli.narrow import narrow_limits
from parity_suite.core.backend_spec import BackendSpec


def _narrow(cls: type[Any]) -> list[str]:
    setattr(limited, cls.__name__, cls)
    return list(narrow_limits(BackendSpec(cls.__name__.lower(), limited.__name__, cls.__name__), STAGES))


#: One refuses more than it says.
@pytest.mark.parametrize("cls", [one for one in LIMITED if one is not Unrefusing])
def test_a_true_declaration_is_not_narrow(cls: type[Any]) -> None:
    assert _narrow(cls) == []


@pytest.mark.parametrize(
    ("capabilities", "said"),
    [
        (Capabilities(sizes={"N": Sizes(multiple_of=2)}), "N a multiple of 2 is declared, and extract is right on "),
        (Capabilities(sizes={"diffract.P": 1}), "diffract.P 1 is declared, and diffract is right on B = "),
        (
            Capabilities(sizes={"stats.B": Sizes(at_least=1)}),
            "stats.B of at least 1 is declared, and stats is right on B = 0",
        ),
        (Capabilities(precisions=("float32",)), "float32 is declared, and extract is right in float64"),
        (Capabilities(choices={"scale": ("data",)}), "scale data is declared, and scale is right on "),
        (
            Capabilities(outputs={"stats": ("mean",)}),
            "stats is declared without maximum, minimum, std, var_zero_mean, and ",
        ),
        (Capabilities(refuses={"illuminate": ("probe",)}), "illuminate is declared without refusals of patches, and "),
    ],
)
def test_what_could_be_had_after_all_is_said(capabilities: Capabilities, said: str) -> None:
    cls = type("Able", (Plain,), {"capabilities": capabilities, "__module__": limited.__name__})
    (found,) = _narrow(cls)
    assert found.startswith(said)


def test_of_two_declarations_the_one_that_is_true_stays() -> None:
    class Both(OneMode):
        capabilities = Capabilities(sizes={"P": 1, "N": Sizes(multiple_of=2)})

    Both.__module__ = limited.__name__
    (found,) = _narrow(Both)
    assert found.startswith("N a multiple of 2 is declared, and ")
