"""Symbolic shapes: which size each symbol has, and which field disagrees with which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import NamedTuple

from parity_suite.contracts.expressions import Expression, layout, parse_expression, parse_pattern
from parity_suite.contracts.model import Contract, Dim, Field
from parity_suite.contracts.violation import Violation

Shape = tuple[int, ...]


class _Vote(NamedTuple):
    """One axis of one field: by its expression it should have the size it has."""

    field: str
    axis: int
    expression: Expression
    size: int

    @property
    def symbol(self) -> str:
        """The symbol that stands alone on the axis, empty where something is to be computed."""
        return self.expression.name


def check_shapes(
    shapes: Mapping[str, Shape],
    contract: Contract,
    numbers: Mapping[str, int] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> list[Violation]:
    """Hold the shapes of the fields that are present against the contract's symbols.

    A symbol takes the size given in ``sizes``, else what its ``equals`` comes to (``numbers`` are the values of
    whole-number fields), else the size that most axes give it, so the field that stands alone is the one to blame.
    """
    violations: list[Violation] = []
    votes: list[_Vote] = []
    for name, shape in shapes.items():
        axes = _axes(contract.fields[name], shape)
        if axes is None:
            violations.append(_wrong_rank(contract.fields[name], shape))
        else:
            votes += [_Vote(name, axis, *pair) for axis, pair in enumerate(zip(axes, shape, strict=True))]
    fixed = dict(sizes or {})
    for name in dict.fromkeys(vote.field for vote in votes):
        others = [vote for vote in votes if vote.field != name]
        swapped = _wrong_axis_order(contract, name, shapes[name], {**_voted(others, contract.dims), **fixed})
        if swapped:
            violations.append(swapped)
            votes = others
    known = {**_voted(votes, contract.dims), **fixed}
    why = _derived(contract.dims, known, numbers or {}, fixed)
    return [*violations, *_disagreements(votes, known, why), *_forbidden(votes, known, contract.dims)]


def bound_sizes(shapes: Mapping[str, Shape], contract: Contract) -> dict[str, int]:
    """The size of each symbol that stands alone on an axis, by the votes of all fields."""
    votes = []
    for name, shape in shapes.items():
        axes = _axes(contract.fields[name], shape) or ()
        votes += [_Vote(name, axis, *pair) for axis, pair in enumerate(zip(axes, shape, strict=False))]
    return _voted(votes, contract.dims)


def _axes(field: Field, shape: Shape) -> tuple[Expression, ...] | None:
    """The pattern of the shape's rank; of several, the one whose whole numbers fit."""
    fitting = [axes for axes in map(parse_pattern, field.shapes) if len(axes) == len(shape)]
    for axes in fitting:
        if all(axis.number in (None, size) for axis, size in zip(axes, shape, strict=True)):
            return axes
    return fitting[0] if fitting else None


def _wrong_rank(field: Field, shape: Shape) -> Violation:
    found = f"shape {shape} with {len(shape)} axes" if shape else "a scalar (shape ())"
    return Violation(field.name, "rank", found, f"shape {field.layout()}")


def _voted(votes: Iterable[_Vote], dims: Mapping[str, Dim]) -> dict[str, int]:
    """Size of each symbol: most votes first, then a size that the symbol allows, then the first field."""
    tally: dict[str, dict[int, int]] = {}
    for vote in votes:
        if vote.symbol:
            counts = tally.setdefault(vote.symbol, {})
            counts[vote.size] = counts.get(vote.size, 0) + 1
    return {
        symbol: max(counts, key=lambda size: (counts[size], dims[symbol].allows(size)))
        for symbol, counts in tally.items()
    }


def _derived(
    dims: Mapping[str, Dim], known: dict[str, int], numbers: Mapping[str, int], fixed: Mapping[str, int]
) -> dict[str, str]:
    """Puts the sizes that ``equals`` gives into ``known``; returns by symbol where its size comes from."""
    why = {symbol: f"{symbol} = {size}, as asked for" for symbol, size in fixed.items()}
    derived: dict[str, int] = {}
    # As often as there are symbols, since one may be made of another that stands further down.
    for _ in dims:
        before = dict(derived)
        for name, dim in dims.items():
            if dim.equals is None or name in fixed:
                continue
            value = parse_expression(dim.equals).value({**numbers, **known, **derived})
            if value is not None:
                derived[name] = value
                why[name] = f"{name} = {value} = {dim.equals}"
        if derived == before:
            break
    known.update(derived)
    return why


def _wrong_axis_order(contract: Contract, name: str, shape: Shape, others: Mapping[str, int]) -> Violation | None:
    """A shape that fits only once its axes are moved: the axes are there, in another writer's order."""
    axes = _axes(contract.fields[name], shape) or ()
    symbols = tuple(axis.name for axis in axes)
    sizes = {symbol: size for symbol, size in others.items() if symbol in symbols}
    if not all(symbols) or not sizes or _fits(symbols, shape, sizes):
        return None
    for order in dict.fromkeys(permutations(symbols)):
        if _fits(order, shape, sizes):
            known = ", ".join(f"{symbol} = {size}" for symbol, size in sizes.items())
            found = f"shape {shape}, which is {layout(' '.join(order))} with {known} from the other fields"
            return Violation(name, "axis_order", found, f"axes in the order {layout(' '.join(symbols))}")
    return None


def _fits(symbols: tuple[str, ...], shape: Shape, sizes: Mapping[str, int]) -> bool:
    bound = dict(sizes)
    return all(bound.setdefault(symbol, size) == size for symbol, size in zip(symbols, shape, strict=True))


def _disagreements(votes: list[_Vote], known: Mapping[str, int], why: Mapping[str, str]) -> list[Violation]:
    violations = []
    for vote in votes:
        size = vote.expression.value(known)
        if size is not None and vote.size != size:
            text = vote.expression.text
            found = f"{text} = {vote.size} on axis {vote.axis}" if vote.symbol else f"{vote.size} on axis {vote.axis}"
            wanted = _reason(vote, size, votes, known, why)
            violations.append(Violation(vote.field, "shape", found, wanted))
    return violations


def _reason(vote: _Vote, size: int, votes: list[_Vote], known: Mapping[str, int], why: Mapping[str, str]) -> str:
    expression = vote.expression
    if expression.number is not None:
        return str(size)
    if not vote.symbol:
        return f"{expression.text} = {size} with {', '.join(f'{name} = {known[name]}' for name in expression.names)}"
    if vote.symbol in why:
        return why[vote.symbol]
    agreeing = [one for one in votes if (one.symbol, one.size) == (vote.symbol, size)]
    return f"{vote.symbol} = {size} as in {', '.join(f'{one.field} axis {one.axis}' for one in agreeing)}"


def _forbidden(votes: list[_Vote], known: Mapping[str, int], dims: Mapping[str, Dim]) -> list[Violation]:
    """A size that no axis with this symbol may have; said once, at the first field that carries it."""
    violations = []
    for symbol, size in known.items():
        holders = list(dict.fromkeys(vote.field for vote in votes if (vote.symbol, vote.size) == (symbol, size)))
        if symbol in dims and holders and not dims[symbol].allows(size):
            found = f"{symbol} = {size} ({', '.join(holders)})"
            violations.append(Violation(holders[0], "size", found, dims[symbol].wanted()))
    return violations
