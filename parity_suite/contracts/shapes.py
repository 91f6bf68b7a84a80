"""Symbolic shapes: which size each symbol has, and which field disagrees with which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import NamedTuple

from parity_suite.contracts.model import Contract, Dim, Field, layout
from parity_suite.contracts.violation import Violation

Shape = tuple[int, ...]


class _Vote(NamedTuple):
    """One axis of one field says that a symbol has a size."""

    field: str
    axis: int
    symbol: str
    size: int


def check_shapes(shapes: Mapping[str, Shape], contract: Contract) -> list[Violation]:
    """Hold the shapes of the fields that are present against the contract's symbols.

    A symbol takes the size that most axes give it, so the field that stands alone is the one that is blamed.
    """
    violations: list[Violation] = []
    votes: list[_Vote] = []
    for name, shape in shapes.items():
        symbols = _symbols(contract.fields[name], shape)
        if symbols is None:
            violations.append(_wrong_rank(contract.fields[name], shape))
        else:
            votes += [_Vote(name, axis, *pair) for axis, pair in enumerate(zip(symbols, shape, strict=True))]
    for name in dict.fromkeys(vote.field for vote in votes):
        others = [vote for vote in votes if vote.field != name]
        swapped = _wrong_axis_order(contract, name, shapes[name], others)
        if swapped:
            violations.append(swapped)
            votes = others
    sizes = _sizes(votes, contract.dims)
    return violations + _disagreements(votes, sizes) + _forbidden(votes, sizes, contract.dims)


def _symbols(field: Field, shape: Shape) -> tuple[str, ...] | None:
    return next((symbols for symbols in field.shapes if len(symbols) == len(shape)), None)


def _wrong_rank(field: Field, shape: Shape) -> Violation:
    found = f"shape {shape} with {len(shape)} axes" if shape else "a scalar (shape ())"
    return Violation(field.name, "rank", found, f"shape {field.layout()}")


def _sizes(votes: Iterable[_Vote], dims: Mapping[str, Dim]) -> dict[str, int]:
    """Size of each symbol: most votes first, then a size that the symbol allows, then the first field."""
    tally: dict[str, dict[int, int]] = {}
    for vote in votes:
        counts = tally.setdefault(vote.symbol, {})
        counts[vote.size] = counts.get(vote.size, 0) + 1
    return {
        symbol: max(counts, key=lambda size: (counts[size], dims[symbol].allows(size)))
        for symbol, counts in tally.items()
    }


def _wrong_axis_order(contract: Contract, name: str, shape: Shape, others: list[_Vote]) -> Violation | None:
    """A shape that fits only once its axes are moved: the axes are there, in another writer's order."""
    symbols = _symbols(contract.fields[name], shape) or ()
    sizes = {symbol: size for symbol, size in _sizes(others, contract.dims).items() if symbol in symbols}
    if not sizes or _fits(symbols, shape, sizes):
        return None
    for order in dict.fromkeys(permutations(symbols)):
        if _fits(order, shape, sizes):
            known = ", ".join(f"{symbol} = {size}" for symbol, size in sizes.items())
            found = f"shape {shape}, which is {layout(order)} with {known} from the other fields"
            return Violation(name, "axis_order", found, f"axes in the order {layout(symbols)}")
    return None


def _fits(symbols: tuple[str, ...], shape: Shape, sizes: Mapping[str, int]) -> bool:
    bound = dict(sizes)
    return all(bound.setdefault(symbol, size) == size for symbol, size in zip(symbols, shape, strict=True))


def _disagreements(votes: list[_Vote], sizes: Mapping[str, int]) -> list[Violation]:
    violations = []
    for vote in votes:
        size = sizes[vote.symbol]
        if vote.size != size:
            agreeing = [v for v in votes if (v.symbol, v.size) == (vote.symbol, size)]
            found = f"{vote.symbol} = {vote.size} on axis {vote.axis}"
            wanted = f"{vote.symbol} = {size} as in {', '.join(f'{v.field} axis {v.axis}' for v in agreeing)}"
            violations.append(Violation(vote.field, "shape", found, wanted))
    return violations


def _forbidden(votes: list[_Vote], sizes: Mapping[str, int], dims: Mapping[str, Dim]) -> list[Violation]:
    """A size that no axis with this symbol may have; said once, at the first field that carries it."""
    violations = []
    for symbol, size in sizes.items():
        if not dims[symbol].allows(size):
            holders = list(dict.fromkeys(v.field for v in votes if (v.symbol, v.size) == (symbol, size)))
            found = f"{symbol} = {size} ({', '.join(holders)})"
            violations.append(Violation(holders[0], "size", found, dims[symbol].wanted()))
    return violations
