"""Wrong declarations, and conventions that are not declared: what a function gives is right as soon as one of its
conventions is another one.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, Final

from parity_suite.backends.adapted import Adapted
from parity_suite.backends.held_outputs import by_name
from parity_suite.backends.outside import kept_outside
from parity_suite.backends.parameters import declared, settings_of
from parity_suite.backends.subject import Call, Subject
from parity_suite.backends.troubles import Outputs
from parity_suite.cases.variants import Variant, is_answered
from parity_suite.compare.diagnosis import Guess
from parity_suite.compare.judge import measure
from parity_suite.core.by_convention import text_of
from parity_suite.core.kinds import Kind
from parity_suite.core.packs import BY_NAME
from parity_suite.core.stage import Parameter, Setting
from parity_suite.diagnosis.calls import fingerprint, size_of
from parity_suite.laws.outputs import compare

#: Wrong calls that another convention has to mend, the smallest ones.
_WRONG: Final = 4


def misdeclared(stage: str, calls: Sequence[Call], until: float) -> Guess | None:
    """The one convention of an adapted function that makes every wrong call right."""
    known = {call.subject.cls for call in calls if call.stage == stage}
    adapted = {cls: inspect.getattr_static(cls, stage, None) for cls in known}
    if not is_answered(stage) or not any(isinstance(one, Adapted) for one in adapted.values()):
        return None
    wrong = list(_wrong(stage, calls, until))
    for cls in {call.subject.cls for call in wrong}:
        one = adapted[cls]
        for text, other in one.otherwise() if isinstance(one, Adapted) else ():
            changed = type(cls.__name__, (cls,), {stage: other})
            if time.process_time() < until and all(_is_right(call, _asked(changed, call)) for call in wrong):
                return Guess(Kind.DECLARED, text, -1)
    return None


def by_another_convention(stage: str, calls: Sequence[Call], until: float, *, declared_alone: bool) -> Guess | None:
    """The settings of one or two parameters of the oracle under which every wrong call is right: a wrong declaration
    where one of them is declared, else a convention that nobody declared, which ``declared_alone`` leaves out.
    """
    parameters = [one for one in BY_NAME[stage].parameters if not one.law] if is_answered(stage) else []
    classes = {call.subject.cls for call in calls if call.stage == stage} if parameters else set()
    if not any(declared(cls, stage) or not declared_alone for cls in classes):
        return None
    # What was refused, or raised, is not a matter of these.
    wrong = list(_wrong(stage, [call for call in calls if call.result is not None], until))
    if len({call.subject.spec for call in wrong}) != 1:
        return None
    subject = wrong[0].subject
    known, said = settings_of(subject.cls, stage), declared(subject.cls, stage)
    settings = {one.name: known[one.name] for one in parameters}
    alike: list[Mapping[str, Setting]] = []
    for change in _changes(parameters, known):
        # The first is the simplest; of the same conventions more than one setting may be what it is.
        passed_by = set(change) != set(alike[0]) if alike else declared_alone and not set(change) & set(said)
        if not passed_by and time.process_time() < until:
            alike += [change] if all(_is_right(call, call.result, settings | change) for call in wrong) else []
    return _told(subject, alike, known, said) if alike else None


def _told(
    subject: Subject, alike: Sequence[Mapping[str, Setting]], known: Mapping[str, Setting], said: Mapping[str, Setting]
) -> Guess:
    meant = " and ".join(
        f"{name} {'declared as ' if name in said else ''}{text_of(known[name])}, is "
        + " or ".join(dict.fromkeys(text_of(change[name]) for change in alike))
        for name in alike[0]
    )
    kind = Kind.DECLARED if set(alike[0]) & set(said) else Kind.CONVENTION
    text = "a wrong declaration" if kind is Kind.DECLARED else "another convention, which is not declared"
    sure = (subject.name, tuple(alike[0].items())) if len(alike) == 1 else None
    return Guess(kind, f"{text}: {meant}", -1, convention=sure)


def _changes(parameters: Sequence[Parameter], known: Mapping[str, Setting]) -> Iterator[dict[str, Setting]]:
    """Other settings of one of the parameters, then of two."""
    others = {one.name: [v for v in (one.default, *one.others) if v != known[one.name]] for one in parameters}
    yield from ({name: value} for name, values in others.items() for value in values)
    for one, two in combinations(others, 2):
        yield from ({one: a, two: b} for a, b in product(others[one], others[two]))


def _wrong(stage: str, calls: Sequence[Call], until: float) -> Iterator[Call]:
    """The smallest calls that were wrong, or failed, each once."""
    seen: set[bytes] = set()
    for call in sorted((one for one in calls if one.stage == stage), key=lambda one: size_of(one.inputs)):
        key = fingerprint(call, result=False)
        if len(seen) < _WRONG and key not in seen and time.process_time() < until and not _is_right(call, call.result):
            seen.add(key)
            yield call


def _asked(cls: type[Any], call: Call) -> Any:
    try:
        backend = kept_outside(cls(**call.subject.keywords))
        result = getattr(backend, call.stage)(**call.subject.without_options(call.stage, call.inputs))
        return by_name(BY_NAME[call.stage], result, call.subject.limits.lacking(call.stage))
    except Exception:
        # Under this convention it is wrong too.
        return None


def _is_right(call: Call, result: Any, settings: Mapping[str, Setting] | None = None) -> bool:
    """Whether a result is what the oracle has, by the conventions of who was asked or by other settings."""
    if not isinstance(result, Mapping):
        return False
    conventions = call.subject.conventions(call.stage) if settings is None else tuple(settings.items())
    variant = Variant(call.stage, "asked", call.inputs, conventions)
    outputs = Outputs(result)
    outputs.lack({name: KeyError(name) for name in call.subject.limits.lacking(call.stage)})
    try:
        outcomes = list(compare(variant, outputs, variant.expected))
        measured = measure(call.stage, "oracle", call.subject.precision, outcomes)
    except Exception:
        # Of no shape that could be compared.
        return False
    return 0 < len(measured) == len(outcomes) and all(one.within for one in measured)
