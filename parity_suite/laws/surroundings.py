"""The law of surroundings: who asks, from where, and what becomes of an answer afterwards change no other answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Final

import numpy as np

from parity_suite.backends.api import Array
from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.generators import moved_generators
from parity_suite.backends.process_settings import changed_settings, lasting
from parity_suite.backends.subject import FAILURES, Subject
from parity_suite.backends.troubles import Troubles
from parity_suite.cases.missing import Missing
from parity_suite.cases.of_pack import cases_of
from parity_suite.cases.questions import is_question
from parity_suite.cases.variants import Variant, numbers_moved, variants
from parity_suite.compare.deviation import Outcome, exactly, labelled, meaning, with_about
from parity_suite.core.case import Case
from parity_suite.core.kinds import Kind
from parity_suite.core.law_traits import LawTraits
from parity_suite.core.packs import pack_of
from parity_suite.laws.going_on import as_far_as_it_goes, on_each_variant
from parity_suite.laws.outputs import compare
from parity_suite.laws.registry import law

#: Far above round-off, and far below what depends on a call or a seed.
_ALIKE: Final = 1e-3


@law(
    stages=lambda stage: True,
    cases="single",
    traits=LawTraits(
        means=(Kind.STATE, "what was handed out, or a generator of all, is not left alone"), budget_of="statelessness"
    ),
)
def surroundings(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """From another thread, after an answer was written over by whoever was given it, and after any other stage: the
    same answer; of arrays that hold other numbers by now, the answer to these; and the global random generators, and
    what is set for the whole process, as they were.
    """
    yield from _by_itself(subject, stage, case)
    # What is left behind is left in any precision, and asking every stage after every other one costs.
    if subject.precision == subject.capabilities.precisions[0]:
        yield from _written_into(subject, stage, case)
        yield from as_far_as_it_goes(subject, _after_others(subject, stage, case))


@on_each_variant
def _by_itself(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    with moved_generators() as moved, changed_settings() as changed:
        first = subject(variant.stage, variant.inputs)
        kept = _copied(first)
        with written_over(first):
            answer = subject(variant.stage, variant.inputs)
            again = _copied(answer)
        with ThreadPoolExecutor(1) as thread:
            there = thread.submit(subject, variant.stage, variant.inputs).result()
    for name, got in (("the first answer written over", again), ("in another thread", there)):
        for one in compare(variant, got, kept):
            yield labelled(one, name)
    left = lasting(changed, lambda: subject(variant.stage, variant.inputs))
    for what, those in (("global generators moved", moved), ("settings of the process changed", left)):
        yield labelled(exactly(what, ", ".join(those), ""), variant.name)


@on_each_variant
def _written_into(subject: Subject, variant: Variant) -> Iterator[Outcome]:
    """What is kept by which array it is of is that of other numbers once these are written into it."""
    others = numbers_moved(variant)
    if not others:
        return
    asked = variant.another(f"{variant.name}, other numbers", {**variant.inputs, **others})
    if not is_question(subject, asked):
        return
    arrays = {name: np.array(variant.inputs[name]) for name in others}
    subject(variant.stage, {**variant.inputs, **arrays}, form=None)
    for name, value in others.items():
        arrays[name][...] = value
    again = subject(variant.stage, {**variant.inputs, **arrays}, form=None)
    for one in compare(asked, _copied(again), subject(variant.stage, asked.inputs)):
        yield meaning(Kind.STATE, labelled(one, "written into the same arrays"))


def _after_others(subject: Subject, stage: str, case: Case) -> Iterator[Outcome]:
    """After each other stage, which was asked of sizes that are not those of this case: what a stage leaves outside of
    itself, a table of settings or a switch, is found by no other one.
    """
    variant = variants(subject.context, case, stage, subject.rounding)[0]

    def ask() -> dict[str, Any]:
        return _copied(subject(stage, variant.inputs))

    before = ask()
    if not are_alike(ask(), before):
        # No other stage is needed for that, and other laws tell it.
        return
    for other in _others(subject, stage):
        if _asked(subject, other, case):
            # Against the answer just before, so that what stays as one stage left it is not told of those that follow.
            again = ask()
            # What is another answer at once is kept by the stage itself, which the other may be made of.
            changes = not are_alike(again, before) and not are_alike(ask(), again)
            for one in compare(variant, again, before):
                yield labelled(one, "again") if changes else with_about(labelled(one, f"after {other}"), after=other)
            if changes:
                return
            before = again


def are_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two answers are the same but for sums in another order."""
    return all(_is_alike(one[name], value) for name, value in other.items())


def _is_alike(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    """But for sums in another order, as threads and devices make them."""
    if one.dtype.kind not in "fc" or one.shape != other.shape:
        return bool(np.array_equal(one, other))
    return bool(np.allclose(one, other, rtol=_ALIKE, atol=_ALIKE * np.abs(other).max(initial=0.0), equal_nan=True))


def of_thread(found: Outcome, there: Array, here: Array, ask: Callable[[], Array]) -> Outcome:
    """The outcome, which means the thread where asking again in this one gives what it gave here."""
    steady = not _is_alike(there, here) and _is_alike(ask(), here)
    return meaning(Kind.THREAD, found) if steady else found


def _copied(outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: np.array(value) for name, value in outputs.items()}


def _others(subject: Subject, stage: str) -> Iterator[str]:
    """The other stages of the pack that the backend provides, those of a model apart."""
    for other in pack_of(stage).stages:
        if other.name != stage and not other.of_model and subject.provides(other.name):
            yield other.name


def _asked(subject: Subject, stage: str, case: Case) -> bool:
    """Asks a stage of another case than this, or of this where it takes no other; whether it gave an answer, which its
    own checks look at.
    """
    others = [one for one in cases_of(pack_of(stage), "small") if one != case]
    for other in (*others, case):
        with subject.context.part(Troubles).noted(), suppress(NotProvided, Missing, *FAILURES):
            for variant in variants(subject.context, other, stage, subject.rounding)[:1]:
                subject(stage, variant.inputs)
                return True
    return False


@contextmanager
def written_over(outputs: Mapping[str, Any]) -> Iterator[None]:
    """Zeros in every array that was handed out, which then holds again what it held."""
    arrays = [value for value in outputs.values() if isinstance(value, np.ndarray) and value.flags.writeable]
    held = [value.copy() for value in arrays]
    for value in arrays:
        value[...] = 0
    try:
        yield
    finally:
        for value, before in zip(arrays, held, strict=True):
            value[...] = before
