"""Synthetic datasets on disk: made once however many processes ask, and checked when read."""

from __future__ import annotations

import hashlib
import io
import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from filelock import FileLock

from .dataset import Dataset
from .recipes import Recipe, load_recipe
from .synthetic import synthesise

_ARRAYS = ("diff3d", "probe", "object", "positions")


@lru_cache(maxsize=16)
def load_synthetic(name: str, folder: Path | None = None) -> Dataset:
    """The synthetic dataset ``name``; with a ``folder``, read from there, or made and left there.

    Raises RecipeError for an unknown name. A file that is damaged or of another digest is made again.
    """
    recipe = load_recipe(name)
    return synthesise(recipe) if folder is None else cached(recipe, folder)


def cached(recipe: Recipe, folder: Path) -> Dataset:
    """The recipe's dataset from ``folder``; one process makes it while the others wait."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{recipe.name}-{_key(recipe)}.npz"
    with FileLock(f"{path}.lock"):
        dataset = _read(recipe, path)
        if dataset is None:
            dataset = synthesise(recipe)
            _write(dataset, path)
    return dataset


@lru_cache(maxsize=1)
def _code_digest() -> str:
    """sha256 of this package's sources: a file made by other code is stale, whatever its recipe."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def _key(recipe: Recipe) -> str:
    return hashlib.sha256((recipe.digest + _code_digest()).encode()).hexdigest()[:16]


def _write(dataset: Dataset, path: Path) -> None:
    """Through a temporary name, so that a process killed half-way leaves no half file."""
    part = path.with_suffix(".part")
    with part.open("wb") as stream:
        np.savez(stream, digest=np.array(dataset.digest), **dataset.arrays())  # type: ignore[arg-type]
    part.replace(path)


def _read(recipe: Recipe, path: Path) -> Dataset | None:
    """None where there is no file, or its content has not the digest it was written with."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in _ARRAYS}
            digest = str(stored["digest"])
        dataset = Dataset(
            name=recipe.name,
            domain=recipe.domain,
            nphotons=recipe.nphotons,
            gridsize=recipe.gridsize,
            **arrays,
        )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return dataset if dataset.digest == digest else None
