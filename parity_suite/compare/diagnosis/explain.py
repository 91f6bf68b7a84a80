"""The simplest transformation of what was wanted that gives what was got, in every call that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from parity_suite.compare.diagnosis.fits import fitted
from parity_suite.compare.diagnosis.output import Array, Call, Guess, Output, differing, wide
from parity_suite.compare.diagnosis.transformations import Transformation, transformations
from parity_suite.core.kinds import Kind


def explain(calls: Sequence[Call], most: float = float("inf")) -> Guess | None:
    """The mistake that explains every output that differs; None where none does.

    ``most`` is the cost that a transformation may have. A transformation that leaves the calls alone that were right is
    preferred to one that would have changed them.
    """
    wrong = differing(calls)
    if not wrong:
        return None
    names = {name for call in wrong for name, one in call.items() if one.differs and one.want.dtype.kind in "biufc"}
    guesses = [_of_output(name, wrong, calls, most) for name in sorted(names)]
    found = [guess for guess in guesses if guess is not None]
    if len(found) < len(guesses) or not found:
        return None
    worst = max(found, key=lambda guess: guess[0])
    kinds = {guess.kind for _, guess in found}
    if len(kinds) > 1:
        return _joined([guess for _, guess in found])
    every = [{guess.kind, *guess.others} for _, guess in found]
    shared = set.intersection(*every) - kinds
    return replace(worst[1], others=tuple(kind for kind in worst[1].others if kind in shared))


def _joined(found: Sequence[Guess]) -> Guess:
    """One of several outputs that are wrong in several ways: the one that is named first is the simplest."""
    text = "; ".join(dict.fromkeys(guess.text for guess in found))
    return Guess(found[0].kind, text, max(guess.left for guess in found), found[0].calls)


def _of_output(name: str, wrong: Sequence[Call], every: Sequence[Call], most: float) -> tuple[float, Guess] | None:
    outputs = [call[name] for call in wrong if call[name].differs]
    right = [call[name] for call in every if name in call and not call[name].differs]
    telling = sum(one.telling for one in outputs)
    explaining = [
        one for one in _candidates(name, wrong, outputs) if all(_explains(one, output, telling) for output in outputs)
    ]
    whole = [one for one in explaining if all(_leaves(one, output) for output in right)]
    # A number that was found from a few calls says nothing where others are right.
    found = whole or [one for one in explaining if not one.fitted]
    if not found or found[0].cost > most:
        return None
    one, size = found[0], max(output.distance for output in outputs)
    text = (f"{name} is " if len(wrong[0]) > 1 else "") + one.text
    kinds = dict.fromkeys(_kind(other, whole=bool(whole)) for other in found)
    return size, Guess(
        next(iter(kinds)), text, _left(one, outputs), _of(len(outputs), len(right), bool(whole)), (*kinds,)[1:]
    )


def _kind(one: Transformation, whole: bool) -> Kind:
    """Zero in some calls alone is what was left out of them."""
    return Kind.DROPPED if one.kind is Kind.ZERO and not whole else one.kind


def _candidates(name: str, wrong: Sequence[Call], outputs: Sequence[Output]) -> Iterator[Transformation]:
    axes = (word for one in outputs for word in one.axes)
    found = [*transformations(axes), *fitted(outputs), *_other_outputs(name, wrong)]
    yield from sorted(found, key=lambda one: one.cost)


def _other_outputs(name: str, wrong: Sequence[Call]) -> Iterator[Transformation]:
    """Another output of the same call in its place, or something added to it where it is divided by."""
    for other in wrong[0]:
        if other != name:
            of = {id(call[name]): call[other].want for call in wrong if other in call}
            yield Transformation(Kind.OUTPUT, f"what {other} should be", 3.5, partial(_in_place, of))
            yield from _added_to(other, of, [call[name] for call in wrong if call[name].differs])


def _in_place(of: Mapping[int, Array], o: Output) -> Array | None:
    return of.get(id(o))


def _added_to(other: str, of: Mapping[int, Array], outputs: Sequence[Output]) -> Iterator[Transformation]:
    """``want * d / (d + c)`` for ``want = n / d``, where c follows from the value that is farthest off."""
    top = max(outputs, key=lambda one: one.distance)
    by = of.get(id(top))
    if by is None or any(one.got.shape != one.want.shape for one in outputs) or by.shape != top.want.shape:
        return
    if by.size < _SEVERAL:
        return
    place = np.unravel_index(int(np.abs(wide(top.want) - wide(top.got)).argmax()), by.shape)
    got, want, divisor = top.got[place], top.want[place], by[place]
    if by.dtype.kind != "f" or not got or not np.isfinite(got) or not divisor:
        return
    added = float(np.real(divisor * (want - got) / got))
    varies = np.ptp(by[top.want != 0]) > _VARIES * abs(divisor)

    def apply(o: Output) -> Array | None:
        d = of.get(id(o))
        if d is None or d.shape != o.want.shape:
            return None
        return np.asarray(np.divide(wide(o.want) * d, d + added, out=np.zeros_like(wide(o.want)), where=d + added != 0))

    # Where all is divided by one number, that is a factor.
    cost = 4.8 if varies else 5.1
    yield Transformation(Kind.DENOMINATOR, f"divided by {other} and {added:.4g} more", cost, apply, True)


#: Fewer values say nothing of what was added.
_SEVERAL: Final = 8
#: A divisor that varies by less is one number.
_VARIES: Final = 1e-6


def _answer(one: Transformation, output: Output) -> Any:
    if not output.want.size:
        return None
    with np.errstate(all="ignore"):
        return one.apply(output)


def _explains(one: Transformation, output: Output, telling: int) -> bool:
    answer = _answer(one, output)
    return answer is not None and output.is_explained(answer, telling)


def _leaves(one: Transformation, output: Output) -> bool:
    answer = _answer(one, output)
    return answer is None or not output.want.size or output.left(answer) <= max(output.budget, 0.0)


def _left(one: Transformation, outputs: Sequence[Output]) -> float:
    return max((o.left(_answer(one, o)) / o.budget if o.budget else 0.0) for o in outputs)


def _of(wrong: int, right: int, strict: bool) -> str:
    """In how many calls, where the others would have been changed."""
    return "" if strict else f", in {wrong} of {wrong + right} calls"


def explained_by(calls: Sequence[Call], answers: Callable[[int], Mapping[str, Any] | None]) -> Guess | None:
    """Whether answers, those of call ``k`` by name, are what was got; what is left, with no kind of its own.

    Every output of every call that differs must be explained; None where one is not.
    """
    wrong = [k for k, call in enumerate(calls) if any(one.differs for one in call.values())]
    telling = sum(one.telling for k in wrong for one in calls[k].values() if one.differs)
    worst = 0.0
    for k in wrong:
        given = answers(k)
        if given is None:
            return None
        for name, one in calls[k].items():
            answer = np.asarray(given[name]) if name in given else None
            if answer is None or (one.differs and not one.is_explained(answer, telling)):
                return None
            if not one.differs and one.left(answer) > max(one.budget, 1e-3 * one.distance):
                return None
            worst = max(worst, one.left(answer) / one.budget if one.budget else 0.0)
    return Guess(Kind.FORMULA, "", worst) if wrong else None
