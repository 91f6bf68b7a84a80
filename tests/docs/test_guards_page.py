"""The page of the guards: thresholds as in the contract, ill networks that all break one, an example that works."""

from __future__ import annotations

import re
import tomllib

import measure_guards
import pytest
from measuring.networks import BACKENDS, HEALTHY, broken, networks, outputs
from measuring.page import measured_part

from parity_suite.core.case import Case
from parity_suite.ptychography.learning import thresholds
from parity_suite.ptychography.sizes import GUARDED


def _rows(gridsize: int) -> list[list[str]]:
    """The cells of the table of patches."""
    _, _, rest = measured_part(measure_guards.PAGE).partition(f"### gridsize {gridsize}, patches")
    lines = rest.partition("###")[0].splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")][2:]


def test_the_thresholds_are_those_of_the_contract() -> None:
    """Otherwise: python docs/measure_guards.py."""
    assert measure_guards.thresholds() in measured_part(measure_guards.PAGE)


@pytest.mark.parametrize("gridsize", [1, 2, 3])
def test_on_the_page_every_ill_network_breaks_a_threshold(gridsize: int) -> None:
    rows = _rows(gridsize)
    assert {row[0] for row in rows} == {
        HEALTHY,
        "untrained",
        "1000 times too large",
        "scale 1 in evaluation",
        "flat",
        "zero",
        "one pixel",
        "one pixel on a flat ground",
        "NaN",
    }
    for row in rows:
        assert (row[-1] == "none") == (row[0] == HEALTHY), row


def test_on_the_page_both_backends_are_measured_in_both_modes() -> None:
    for gridsize in (1, 2, 3):
        paths = {row[1] for row in _rows(gridsize) if row[0] == HEALTHY}
        assert paths == {f"{spec.name}, {mode}" for spec in BACKENDS for mode in ("training", "evaluation")}


@pytest.mark.parametrize("case", GUARDED[:2], ids=lambda case: case.name)
def test_every_ill_network_breaks_a_threshold_and_the_healthy_none(case: Case) -> None:
    found = list(networks(BACKENDS[0], case))
    found += outputs(found[0].patches)
    assert {network.name for network in found if not broken(network, case)} == {HEALTHY}


def test_the_example_of_an_override_is_taken() -> None:
    block = re.search(r"```toml\n(.*?)```", measure_guards.PAGE.read_text("utf-8"), re.DOTALL)
    assert block is not None
    given = tomllib.loads(block[1])["tool"]["parity"]["thresholds"]
    known = thresholds.Thresholds()
    before = known.of("lesson32.g2")
    known.override(given)
    after, other = (known.of(name) for name in ("lesson32.g2", "lesson32.g1"))
    assert after["var_zero_mean"].minimum == other["var_zero_mean"].minimum == 3e-6
    assert (after["variance_ratio"].minimum, after["variance_ratio"].maximum) == (0.2, 5.0)
    assert other["variance_ratio"] == before["variance_ratio"]
    assert after["train_eval"].origin == thresholds.USER_ORIGIN
