"""Recipes: what ships, and what a recipe that breaks a rule is told."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict, replace

import pytest

from parity_suite.contracts.resources import resource_folder
from parity_suite.ptychography.datasets.recipes import Disk, RecipeError, load_recipe, parse_recipe, recipe_names

TEXT = (resource_folder("fixtures") / "leaves64.toml").read_text(encoding="utf-8")


def test_the_recipes_cover_what_the_field_uses() -> None:
    recipes = [load_recipe(name) for name in recipe_names()]
    assert {recipe.size for recipe in recipes} == {64, 128, 256}
    assert {recipe.gridsize for recipe in recipes} == {1, 2, 3}
    assert {recipe.domain for recipe in recipes} == {"counts", "normalised"}
    assert {recipe.object.kind for recipe in recipes} == {"leaves", "field", "star"}
    assert {recipe.probe.kind for recipe in recipes} == {"disk", "defocused", "cone", "modes"}
    assert {recipe.scan.kind for recipe in recipes} == {"raster", "jittered", "spiral"}
    assert min(recipe.nphotons for recipe in recipes) == 1e3
    assert max(recipe.nphotons for recipe in recipes) == 1e9


def test_names_are_sorted_and_leave_out_the_digests() -> None:
    assert list(recipe_names()) == sorted(recipe_names())
    assert "leaves64" in recipe_names()
    assert "digests" not in recipe_names()


def test_listing_and_reading_recipes_needs_no_numpy() -> None:
    code = (
        "import sys; from parity_suite.ptychography.datasets import load_recipe, recipe_names; "
        "[load_recipe(name) for name in recipe_names()]; print('numpy' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("gridsize = 2", "gridsize = 2\ndose = 1", "dose: unknown key"),
        ("edge = 2.0", "edge = 2.0\nsharpness = 1", "probe.sharpness: unknown key"),
        ("seed = 6401", "", "seed: missing"),
        ("edge = 2.0", "", "probe.edge: missing"),
        ("size = 64", "size = 65", "size: wants one of 64, 128, 256, got 65"),
        ("gridsize = 2", "gridsize = 4", "gridsize: wants 1 to 3, got 4"),
        ("gridsize = 2", "gridsize = 2.0", "gridsize: wants int, got 2.0"),
        ("gridsize = 2", "gridsize = true", "gridsize: wants int, got True"),
        ("nphotons = 1e6", "nphotons = nan", "nphotons: wants 1000 to 1e+09, got nan"),
        ('"normalised"', '"amplitude"', "domain: wants one of counts, normalised, got 'amplitude'"),
        (
            'kind = "disk"',
            'kind = "square"',
            "probe.kind: wants one of disk, defocused, cone, modes, got 'square'",
        ),
        ("shape = [144, 160]", "shape = [144]", "object.shape: wants two values, got [144]"),
        ("shape = [144, 160]", "shape = 144", "object.shape: wants two values, got 144"),
        ("modulus = [0.6, 1.0]", "modulus = [0.6, 1.5]", "object.modulus: wants 0 to 1, got [0.6, 1.5]"),
        ("coma = [0.3, -0.15]", 'coma = [0.3, "x"]', "probe.coma: wants float, got [0.3, 'x']"),
        ("[scan]", "[path]", "scan: wants a table"),
        ("size = 64", "size =", "Invalid value"),
    ],
)
def test_a_recipe_that_breaks_a_rule_is_refused_by_key(old: str, new: str, complaint: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(RecipeError) as refusal:
        parse_recipe("leaves64", TEXT.replace(old, new))
    assert complaint in str(refusal.value)


def test_all_problems_are_listed_at_once() -> None:
    text = TEXT.replace("size = 64", "size = 63").replace("edge = 2.0", "").replace("step = ", "steps = ")
    with pytest.raises(RecipeError) as refusal:
        parse_recipe("leaves64", text)
    for complaint in ("size: wants", "probe.edge: missing", "scan.steps: unknown key", "scan.step: missing"):
        assert complaint in str(refusal.value)


def test_names_that_are_unknown_or_not_canonical_are_refused() -> None:
    with pytest.raises(RecipeError, match=r"no recipe 'Leaves64'; there are: .*leaves64"):
        load_recipe("Leaves64")
    with pytest.raises(RecipeError, match="only a-z 0-9"):
        parse_recipe("leaves-64", TEXT)


class Lookalike(Disk):
    """Another kind of probe with the same values."""

    kind = "lookalike"


def test_the_digest_follows_every_value_and_not_the_name() -> None:
    recipe = load_recipe("leaves64")
    assert replace(recipe, name="other").digest == recipe.digest
    changed = [
        replace(recipe, seed=recipe.seed + 1),
        replace(recipe, nphotons=recipe.nphotons * 2),
        replace(recipe, object=replace(recipe.object, shape=(146, 160))),
        replace(recipe, probe=load_recipe("field64").probe),
        replace(recipe, probe=Lookalike(**asdict(recipe.probe))),
    ]
    assert len({recipe.digest, *(other.digest for other in changed)}) == 1 + len(changed)
