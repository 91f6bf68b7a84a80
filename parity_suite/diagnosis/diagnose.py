"""The kind of mistake behind a failed check, in words; nothing where no known one explains what was seen."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from parity_suite.backends.exceptions import ContractBreach
from parity_suite.backends.subject import FAILURES, Call
from parity_suite.cases.reference import Reference, answered_by
from parity_suite.cases.rules import rules_of
from parity_suite.cases.variants import is_answered
from parity_suite.compare.axes import axis_names, field_of
from parity_suite.compare.deviation import Deviation, Outcome
from parity_suite.compare.diagnosis import Guess, Output, explain
from parity_suite.compare.escalation import ROUND_OFF
from parity_suite.compare.judge import Judgement
from parity_suite.core.case import Conventions
from parity_suite.core.check import Check
from parity_suite.core.evidence import Basis
from parity_suite.core.finding import Verdict
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME, pack_of
from parity_suite.diagnosis.both import two_mistakes
from parity_suite.diagnosis.calls import CallComparison, hold, matched
from parity_suite.diagnosis.candidates import candidates
from parity_suite.diagnosis.company import changing, crowded, remembering
from parity_suite.diagnosis.declared import by_another_convention, misdeclared
from parity_suite.diagnosis.gallery import from_the_gallery
from parity_suite.diagnosis.problems import by_definition, of_breach, of_crash
from parity_suite.laws.registry import traits_of

#: Seconds of processor time that one failure may take; those of the clock would name less on a busy machine.
PATIENCE: Final = 3.0
#: Transformations of the output that come before those of the input, by cost.
_SIMPLE: Final = 3.5
#: Where fewer values differ, as in one shrunk example, every mistake that explains them is looked for.
_LITTLE: Final = 64
#: Checks of one law at which two mistakes at once are looked for in vain.
_TRIES: Final = 2
#: Seconds in which a mistake that explains all is looked for beside one that does: of two that are one on the inputs of
#: a case, another case tells which it is.
_BESIDE: Final = 0.1
#: What an array that was kept from an earlier question looks like, where that was the same in less precision, one of
#: other numbers, or one that lay elsewhere: a fresh instance makes the mistake only if it is this one.
_LIKE_OLD_ANSWERS: Final = frozenset({Kind.PRECISION, Kind.CONSTANT, Kind.UNSET, Kind.DROPPED})


@dataclass(frozen=True)
class Failure:
    """What a failed check left behind."""

    check: Check
    #: the stage that is blamed
    stage: str
    calls: Sequence[Call]
    outcomes: Sequence[Outcome] = ()
    judgement: Judgement | None = None
    problem: BaseException | None = None
    #: the classes of the backends that it is about
    classes: Sequence[type] = ()


def diagnose(failure: Failure, without: frozenset[str] = frozenset()) -> Guess | None:
    """The simplest mistake that explains a failure: from the contract it breaks, from transformations of what the
    oracle gives, from misread inputs, and from the gallery of faults (but for those ``without``).
    """
    until = time.process_time() + PATIENCE
    for look in (_misdeclared, _broken, _changing, _explained, _meant):
        guess = look(failure, until, without)
        if guess is not None:
            inside = guess.kind is Kind.PRECISION and _is_float32_inside(failure)
            return _or_convention(failure, replace(guess, kind=Kind.FLOAT32_INSIDE) if inside else guess)
    return _or_convention(failure, None)


def _or_convention(failure: Failure, guess: Guess | None) -> Guess | None:
    """A mistake, or a convention that need only be declared where it is meant."""
    until = time.process_time() + PATIENCE / 3
    other = by_another_convention(failure.stage, failure.calls, until, declared_alone=False)
    if other is None or guess is None or guess.kind is Kind.DECLARED:
        return guess or other
    text = f"{guess.text}; or {other.text}"
    return replace(guess, text=text, others=(*guess.others, other.kind), convention=other.convention)


def _is_float32_inside(failure: Failure) -> bool:
    return failure.judgement is not None and failure.judgement.evidence.like_float32


class Diagnosis(NamedTuple):
    """The kind of mistake that explains a failure, if one does; others that do as well; and what a reader is told.
    Without a kind the others are of mistakes that explain it together.
    """

    kind: Kind | None
    others: tuple[Kind, ...]
    words: str
    #: a backend, and settings of its conventions by which it would be right
    convention: tuple[str, Conventions] = ("", ())


def kind_and_words(failure: Failure, without: frozenset[str], references: Sequence[Reference] = ()) -> Diagnosis:
    """What explains a failure; a diagnosis that fails loses no finding. Without an oracle that is what makes one of two
    the other, each of the ``references`` beside which it is tried in turn; of one alone, where an output is wrong.
    """
    if len(failure.check.specs) == 1 and not _is_in_outputs(failure):
        references = ()
    found = (_beside(failure, without, one) for one in references)
    return next((one for one in found if one.kind), None) or _kind_and_words(failure, without)


def _is_in_outputs(failure: Failure) -> bool:
    """Whether an output is wrong, so that nothing which another one has otherwise is taken for what a law found."""
    failed = [one for one in failure.judgement.measured if not one.within] if failure.judgement else []
    return any(field_of(failure.stage, one.about, one.output) is not None for one in failed)


def _beside(failure: Failure, without: frozenset[str], reference: Reference) -> Diagnosis:
    """What makes the other one of a backend that stands in for the oracle."""
    calls = [one for one in failure.calls if one.subject.spec != reference.spec]
    with answered_by(reference):
        found = _kind_and_words(replace(failure, calls=calls), without)
    others = dict.fromkeys(one.subject.name for one in calls)
    return found._replace(words=f"{', '.join(others)} beside {reference.spec.name}: {found.words}")


class _Fruitless(Counter[tuple[str, str, str]]):
    """How often in a run no two mistakes were found, by subject, stage and law: what they are not at one case of a law,
    they hardly are at forty more.
    """


def _kind_and_words(failure: Failure, without: frozenset[str]) -> Diagnosis:
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            # The oracle is asked about damaged inputs too.
            warnings.simplefilter("ignore")
            guess = diagnose(failure, without)
    except FAILURES as error:
        return Diagnosis(None, (), f"nothing: the diagnosis failed with {type(error).__name__}: {error}"[:200])
    if guess is None:
        # Neither is a kind of the whole: whoever mends one of them is still red.
        return Diagnosis(None, *(_two(failure) or ((), "no known kind of mistake explains it")))
    return Diagnosis(guess.kind, guess.others, guess.line, guess.convention or ("", ()))


def _two(failure: Failure) -> tuple[tuple[Kind, ...], str] | None:
    """The kinds and the words of two mistakes that are made at once; None where no two explain the failure."""
    if not is_answered(failure.stage) or not failure.calls:
        return None
    fruitless = failure.calls[0].subject.context.part(_Fruitless)
    asked = (failure.check.subject, failure.stage, failure.check.law)
    if fruitless[asked] >= _TRIES:
        return None
    until = time.process_time() + PATIENCE / 3
    found = None
    with np.errstate(all="ignore"), suppress(*FAILURES):
        held = hold(failure.calls, failure.stage, until)
        found = None if _is_little(held) else two_mistakes(failure.stage, held, until, _SIMPLE)
    fruitless[asked] += found is None
    return found


def _misdeclared(failure: Failure, until: float, without: frozenset[str]) -> Guess | None:
    of_oracle = by_another_convention(failure.stage, failure.calls, until, declared_alone=True)
    return of_oracle or misdeclared(failure.stage, failure.calls, until)


def _broken(failure: Failure, until: float, without: frozenset[str]) -> Guess | None:
    """A contract that is broken says itself how."""
    if isinstance(failure.problem, ContractBreach):
        return of_breach(failure.problem)
    return of_crash(failure.problem, failure.calls, failure.classes) if failure.problem is not None else None


def _changing(failure: Failure, until: float, without: frozenset[str]) -> Guess | None:
    return changing(failure.stage, failure.calls)


def _explained(failure: Failure, until: float, without: frozenset[str]) -> Guess | None:
    """What explains the calls of the stage that were not as the oracle has them."""
    stage = failure.stage
    held = hold(failure.calls, stage, until - PATIENCE / 2) if is_answered(stage) else []
    beside = _less_grave(failure)
    held = [replace(one, outputs={n: o for n, o in one.outputs.items() if n not in beside}) for one in held]
    if not any(one.differs for one in held):
        return _compared(failure)
    calls = [one.outputs for one in held]
    looks: tuple[Callable[[], Guess | None], ...] = (
        lambda: explain(calls, _SIMPLE),
        lambda: _misread(stage, held, until),
        lambda: explain(calls),
    )
    found: list[Guess] = []
    for look in looks:
        guess = look()
        found += [guess] if guess is not None else []
        if any(not guess.calls for guess in found) and not _is_little(held):
            break
    # What would have changed the calls that were right is named only where nothing leaves them alone.
    # Nor is it said that something is not set where a way to set it is found.
    explains = [guess for guess in found if guess.kind is not Kind.UNSET]
    if whole := _first_of(guess for guess in (explains or found) if not guess.calls):
        kept = remembering(stage, held, until) if whole.kind in _LIKE_OLD_ANSWERS else None
        return whole if kept is None else replace(kept, others=(*kept.others, whole.kind, *whole.others))
    known = from_the_gallery(stage, held, until, without)
    if known is not None and not known.calls:
        return known
    return remembering(stage, held, until) or _first_of([*found, known]) or crowded(stage, held, until)


def _is_little(held: Sequence[CallComparison]) -> bool:
    """Whether so few values differ that more than one mistake may explain them."""
    return sum(o.telling for one in held for o in one.outputs.values() if o.differs) < _LITTLE


def _first_of(guesses: Iterable[Guess | None]) -> Guess | None:
    """The first guess, and the kinds of those after it."""
    found = [guess for guess in guesses if guess is not None]
    if not found:
        return None
    kinds = dict.fromkeys(kind for guess in found for kind in (guess.kind, *guess.others))
    kinds.pop(found[0].kind)
    return replace(found[0], others=(*kinds,))


def _less_grave(failure: Failure) -> set[str]:
    """The outputs that failed by something less grave than the verdict alone, as by round-off: another mistake."""
    judgement, stage = failure.judgement, failure.stage
    if judgement is None or stage != failure.check.stage:
        return set()
    failed = [one for one in judgement.measured if not one.within]
    beside, decisive = (
        {
            field.name
            for one in failed
            if (one.output in judgement.aside) is less_grave and (field := field_of(stage, one.about, one.output))
        }
        for less_grave in (True, False)
    )
    return beside - decisive


def _misread(stage: str, held: Sequence[CallComparison], until: float) -> Guess | None:
    """What the oracle makes of inputs that are read otherwise, and what mistakes that the pack knows give."""
    found, few = [], _is_little(held)
    for kind, text, answer in candidates(stage):
        if time.process_time() > until:
            break
        guess = matched(held, answer)
        if guess is not None:
            found.append(replace(guess, kind=kind, text=text))
            if not guess.calls and not few:
                until = min(until, time.process_time() + _BESIDE)
    # What leaves the right calls alone is preferred, and then what comes first.
    return _first_of([guess for guess in found if not guess.calls] or found)


def _compared(failure: Failure) -> Guess | None:
    """Where no call was wrong, the comparisons of the law itself: gradients, and what a model gives."""
    without_oracle = len(failure.check.specs) > 1 and failure.stage in BY_NAME and not pack_of(failure.stage).oracle
    if not traits_of(failure.check.law).of_arrays and not without_oracle:
        return None
    limits = {one.output: one.budget for one in failure.judgement.measured} if failure.judgement else {}
    aside = failure.judgement.aside if failure.judgement else frozenset()
    calls = []
    for one in failure.outcomes:
        if not isinstance(one, Deviation) or one.exact or one.arrays is None or one.output in aside:
            continue
        got, want = one.arrays
        field = field_of(failure.stage, one.about, one.output)
        axes = axis_names(failure.stage, field, want.ndim) if field else ()
        calls.append({one.about.name or one.output: Output("", got, want, axes, limits.get(one.output, 0.0))})
    names = {name for call in calls for name, one in call.items() if one.differs}
    guesses = {name: explain([c for c in calls if name in c]) for name in names}
    found = {name: guess for name, guess in guesses.items() if guess is not None}
    kinds = {guess.kind for guess in found.values()}
    if len(found) < len(names) or len(kinds) != 1:
        return None
    name, guess = next(iter(found.items()))
    if guess.kind is Kind.UNSET and (flat := _where_flat(failure, names)):
        guess = replace(guess, kind=flat[0], text=flat[1])
    return replace(guess, text=f"{name} is {guess.text}")


def _where_flat(failure: Failure, names: Collection[str]) -> tuple[Kind, str] | None:
    """What a pack says of gradients, by the names of their comparisons, that are right but where they should be zero;
    None where it says two things.
    """
    compared = [one for one in failure.outcomes if isinstance(one, Deviation) and one.about.wrt]
    abouts = [one.about for one in compared if (one.about.name or one.output) in names]
    said = {rules_of(failure.stage).where_flat(about.field, about.wrt) for about in abouts}
    return said.pop() if len(said) == 1 else None


def _meant(failure: Failure, until: float, without: frozenset[str]) -> Guess | None:
    """What the law that failed says by its own meaning, and what the verdict says of arithmetic."""
    wrong = {one.output for one in failure.judgement.measured if not one.within} if failure.judgement else ()
    guess = by_definition(failure.check.stage, failure.check.law, failure.outcomes, wrong)
    if guess is not None:
        return guess
    if _is_float32_inside(failure):
        return Guess(Kind.FLOAT32_INSIDE, str(Kind.FLOAT32_INSIDE), -1)
    judgement = failure.judgement
    if judgement is None or failure.check.precision != "float32":
        return None
    evidence = judgement.evidence
    shrank = judgement.verdict is Verdict.NUMERICAL and evidence.basis is Basis.ERROR_IN_FLOAT64
    failed = [one for one in judgement.measured if not one.within and one.output not in judgement.aside]
    if any(not one.error < ROUND_OFF for one in failed):
        return None
    if shrank:
        return Guess(Kind.PRECISION, "round-off of a lower precision than it should be", -1)
    return None
