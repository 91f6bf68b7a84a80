"""The simplest transformation of what was wanted that gives what was got, in every call that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from parity_suite.compare.diagnosis.fits import fitted
from parity_suite.compare.diagnosis.output import Call, Guess, Output, differing
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
    return worst[1] if len(kinds) == 1 or len(found) == 1 else _joined([guess for _, guess in found])


def _joined(found: Sequence[Guess]) -> Guess:
    """One of several outputs that are wrong in several ways: the one that is named first is the simplest."""
    text = "; ".join(dict.fromkeys(guess.text for guess in found))
    return Guess(found[0].kind, text, max(guess.left for guess in found), found[0].calls)


def _of_output(name: str, wrong: Sequence[Call], every: Sequence[Call], most: float) -> tuple[float, Guess] | None:
    outputs = [call[name] for call in wrong if call[name].differs]
    right = [call[name] for call in every if name in call and not call[name].differs]
    telling = sum(one.telling for one in outputs)
    for strict in (True, False):
        for one in _candidates(name, wrong, outputs, most):
            if all(_explains(one, output, telling) for output in outputs) and (
                not strict or all(_leaves(one, output) for output in right)
            ):
                size = max(output.distance for output in outputs)
                prefix = f"{name} is " if len(wrong[0]) > 1 else ""
                return size, Guess(
                    one.kind, prefix + one.text, _left(one, outputs), _of(len(outputs), len(right), strict)
                )
    return None


def _candidates(name: str, wrong: Sequence[Call], outputs: Sequence[Output], most: float) -> Iterator[Transformation]:
    found = [*transformations(), *fitted(outputs), *_other_outputs(name, wrong)]
    yield from sorted((one for one in found if one.cost <= most), key=lambda one: one.cost)


def _other_outputs(name: str, wrong: Sequence[Call]) -> Iterator[Transformation]:
    """Another output of the same call in its place."""
    for other in wrong[0]:
        if other != name:
            of = {id(call[name]): call[other].want for call in wrong}
            yield Transformation(Kind.OUTPUT, f"what {other} should be", 3.5, lambda o, of=of: of.get(id(o)))  # type: ignore[misc]


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
