"""Datasets: recipes, the synthetic generator and its cache.

Names resolve on first use, so that listing the recipes imports no NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .cache import load_synthetic
    from .dataset import Dataset, digest_of
    from .recipes import Recipe, RecipeError, load_recipe, recipe_names
    from .synthetic import synthesise

__all__ = [
    "Dataset",
    "Recipe",
    "RecipeError",
    "digest_of",
    "load_recipe",
    "load_synthetic",
    "recipe_names",
    "synthesise",
]

_HOMES = {
    "Dataset": "dataset",
    "Recipe": "recipes",
    "RecipeError": "recipes",
    "digest_of": "dataset",
    "load_recipe": "recipes",
    "load_synthetic": "cache",
    "recipe_names": "recipes",
    "synthesise": "synthetic",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
