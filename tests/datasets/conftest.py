"""The shipped recipes, one test each."""

from __future__ import annotations

import pytest

from parity_suite.ptychography.datasets import Dataset, Recipe, load_recipe, load_synthetic, recipe_names


@pytest.fixture(params=recipe_names())
def recipe(request: pytest.FixtureRequest) -> Recipe:
    return load_recipe(request.param)


@pytest.fixture
def dataset(recipe: Recipe) -> Dataset:
    return load_synthetic(recipe.name)
