"""What a pack knows of datasets: how a measured file is read and tried, and which are made by recipes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from parity_suite.contracts.limits import Limits
from parity_suite.core.array_digest import digest_of
from parity_suite.core.pack import Pack, member

Array = NDArray[Any]


class Dataset(Protocol):
    """Arrays under one name, that of the cases on them; of one class or another of the pack's own."""

    @property
    def name(self) -> str:
        """Lower case: only ``a-z 0-9 _ + .``"""
        ...

    @property
    def digest(self) -> str:
        """sha256 of the content, in 64 hex digits."""
        ...

    @property
    def double(self) -> frozenset[str]:
        """The arrays that are kept in float64 whatever the precision."""
        ...

    def arrays(self) -> Mapping[str, Array]:
        """The arrays by name."""
        ...


@dataclass(frozen=True, eq=False)
class ArrayDataset:
    """A dataset that is nothing beside its arrays."""

    name: str
    values: Mapping[str, Array]
    double: frozenset[str] = frozenset()

    @cached_property
    def digest(self) -> str:
        return digest_of(self.values)

    def arrays(self) -> Mapping[str, Array]:
        return self.values


@dataclass(frozen=True)
class DataTrial:
    """What speaks against a measured file before any backend is asked."""

    #: short sentences that are told with every finding on it
    reasons: tuple[str, ...] = ()
    #: why no run may use it, and what would mend it, in one line; empty where one may
    refusal: str = ""
    #: draws it as a PNG
    draw: Callable[[Path], None] | None = None


class DataSource:
    """The base of a pack's own; each method may be left out."""

    def load(self, path: Path, limits: Limits) -> Dataset:
        """The dataset in a measured file; ValueError where it is not one of the pack's, or is unfit."""
        raise ValueError("the pack has no measured data")

    def trial(self, path: Path, limits: Limits) -> DataTrial:
        """The trial of a file that was loaded."""
        return DataTrial()

    def recipes(self) -> Mapping[str, str]:
        """The synthetic datasets: sha256 of what each is made from, by name."""
        return {}

    def made(self, recipe: str, folder: Path | None) -> Dataset:
        """A synthetic dataset, kept in ``folder`` between processes; ValueError where there is no such recipe."""
        raise ValueError(f"no pack has a recipe {recipe}")

    def shows(self, dataset: Dataset) -> frozenset[str]:
        """What faults need that a measured dataset has, by the values of :class:`parity_suite.faults.need.Need`."""
        return frozenset()


def source_of(pack: Pack) -> DataSource:
    """What a pack knows of datasets."""
    source: DataSource = member(pack.data)() if pack.data else DataSource()
    return source
