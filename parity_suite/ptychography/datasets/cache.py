"""Synthetic datasets on disk: made once however many processes ask, and believed only by the digests that ship."""

from __future__ import annotations

import hashlib
import io
import zipfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np

from parity_suite.core.writing import NotWritten, locked, replaced

from .dataset import Dataset
from .digests import expected_digests
from .recipes import Recipe, load_recipe
from .synthetic import synthesise

_ARRAYS = ("diff3d", "probe", "object", "positions")


@lru_cache(maxsize=16)
def load_synthetic(name: str, folder: Path | None = None) -> Dataset:
    """The synthetic dataset ``name``; with a ``folder``, read from there, or made and left there.

    Raises RecipeError for an unknown name.
    """
    recipe = load_recipe(name)
    return synthesise(recipe) if folder is None else cached(recipe, folder)


def cached(recipe: Recipe, folder: Path) -> Dataset:
    """The recipe's dataset from ``folder``, or made where what lies there has not the digest that ships.

    One process makes it while the others wait. Where the folder cannot be written, or no digest of the recipe ships,
    each makes its own.
    """
    path = folder / f"{recipe.name}-{_key(recipe)}.npz"
    if (dataset := _read(recipe, path)) is not None:
        return dataset
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            # Another may have made it while this one waited.
            return _read(recipe, path) or _made(recipe, path)
    except OSError:
        return synthesise(recipe)


def _made(recipe: Recipe, path: Path) -> Dataset:
    dataset = synthesise(recipe)
    if _believed(dataset):
        with suppress(NotWritten), replaced(path, within=path.parent.parent) as part, part.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **dataset.arrays())
    return dataset


def _believed(dataset: Dataset) -> bool:
    return dataset.digest == expected_digests().get(dataset.name)


@lru_cache(maxsize=1)
def _code_digest() -> str:
    """sha256 of this package's sources: a file made by other code is stale, whatever its recipe."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def _key(recipe: Recipe) -> str:
    return hashlib.sha256((recipe.digest + _code_digest()).encode()).hexdigest()[:16]


def _read(recipe: Recipe, path: Path) -> Dataset | None:
    """None where there is no regular file, or its content has not the digest that ships with the package."""
    if path.is_symlink() or not path.is_file():
        return None
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in _ARRAYS}
        dataset = Dataset(
            name=recipe.name,
            domain=recipe.domain,
            nphotons=recipe.nphotons,
            gridsize=recipe.gridsize,
            **arrays,
        )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return dataset if _believed(dataset) else None
