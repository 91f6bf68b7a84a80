"""Datasets: recipes, the synthetic generator and its cache, the overlap of a scan, and other formats.

Names resolve on first use, so that listing the recipes imports no NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity_suite.core.lazy import getattr_of

if TYPE_CHECKING:
    from .axis_order import canonical_raw, to_nhw
    from .cache import load_synthetic
    from .convert import product_to_raw, raw_to_product
    from .dataset import Dataset
    from .overlap import OverlapMetrics, overlap_metrics
    from .product_file import Product, load_product, write_product
    from .recipes import Recipe, RecipeError, load_recipe, recipe_names
    from .sampling import OverlapSettings
    from .synthetic import synthesise

__all__ = [
    "Dataset",
    "OverlapMetrics",
    "OverlapSettings",
    "Product",
    "Recipe",
    "RecipeError",
    "canonical_raw",
    "load_product",
    "load_recipe",
    "load_synthetic",
    "overlap_metrics",
    "product_to_raw",
    "raw_to_product",
    "recipe_names",
    "synthesise",
    "to_nhw",
    "write_product",
]

_HOMES = {
    "Dataset": "dataset",
    "OverlapMetrics": "overlap",
    "OverlapSettings": "sampling",
    "Product": "product_file",
    "Recipe": "recipes",
    "RecipeError": "recipes",
    "canonical_raw": "axis_order",
    "load_product": "product_file",
    "load_recipe": "recipes",
    "load_synthetic": "cache",
    "overlap_metrics": "overlap",
    "product_to_raw": "convert",
    "raw_to_product": "convert",
    "recipe_names": "recipes",
    "synthesise": "synthetic",
    "to_nhw": "axis_order",
    "write_product": "product_file",
}

__getattr__ = getattr_of(__name__, _HOMES)
