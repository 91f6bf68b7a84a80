"""Asks again what a folder holds, on the backend that failed or on another, and says what has changed since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from parity_suite.backends.subject import Subject
from parity_suite.cases.datasets import Datasets
from parity_suite.cases.reference import Reference, answered_by
from parity_suite.compare.judge import Judgement, judge
from parity_suite.compare.widening import Widenings
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Measured, Verdict
from parity_suite.core.options import options_for
from parity_suite.core.value import shown
from parity_suite.engine.blame import Draft
from parity_suite.engine.runner import Runner
from parity_suite.laws.outputs import compare
from parity_suite.replay.evaluate import Call, ask, asked_of, budget_law
from parity_suite.replay.find import isolating
from parity_suite.replay.folder import Kept, digests
from parity_suite.replay.keeper import case_inputs, surroundings
from parity_suite.snapshots.baselines import Baselines


@dataclass(frozen=True)
class ReplayOverrides:
    """What a replay does otherwise than was recorded; empty where it does the same."""

    backends: tuple[BackendSpec, ...] = ()
    device: str = ""
    precision: str = ""


@dataclass(frozen=True, eq=False)
class Replayed:
    """The new finding; ``since`` says how it compares with the recorded one, and what else is different."""

    finding: Finding
    since: tuple[str, ...]
    #: whether it holds, but held or was not asked when it was recorded, or the oracle says something else by now, so
    #: that nothing was shown
    undecided: bool = False


def rerun(kept: Kept, wish: ReplayOverrides, datasets: Datasets) -> Replayed:
    """Asks the recorded calls, or runs the law on its case, in a run of its own that knows these datasets.

    ValueError where a pair is wished another backend, and where a law asks for a measured file that is not known.
    """
    if wish.backends and len(wish.backends) != len(kept.check.specs):
        raise ValueError(f"--backend: {kept.check.id} is about {len(kept.check.specs)}, not {len(wish.backends)}")
    check = replace(
        kept.check,
        specs=wish.backends or kept.check.specs,
        device=wish.device or kept.check.device,
        precision=wish.precision or kept.check.precision,
    )
    if not kept.calls and check.case.kind == "file" and check.case.source not in datasets.files:
        raise ValueError(f"--dataset: the law was run on {check.case.source}, whose file must be given")
    context = _held_as(kept, datasets)
    recorded = _Recorded(kept, _calls(kept, wish))
    runner = Runner(context, isolating(check.device))
    with answered_by(Reference(kept.reference, check.device) if kept.reference else None):
        finding, _ = runner.ask(check, recorded if recorded.calls else None)
        kept = replace(kept, calls=recorded.calls)
        # Of another backend it is an answer.
        doubt = _doubt(kept) if finding.passed and not wish.backends else ""
        said = doubt or _compared(kept, finding, recorded.got)
        since = (said, *_inputs_since(context, kept), *_surroundings_since(context, kept, check))
    return Replayed(finding, since, bool(doubt))


def _held_as(kept: Kept, datasets: Datasets) -> RunContext:
    """A run with the pack's options and the stored numbers of the recorded one, not those that lie here."""
    context = RunContext()
    known = context.part(Datasets)
    known.files, known.folder = datasets.files, datasets.folder
    options_for(context, kept.check.stage).override(kept.facts["thresholds"])
    context.part(Widenings).take(kept.facts["environment"].get("budgets", {}))
    context.part(Baselines).given = json.dumps(kept.facts["baseline"]) if kept.facts["baseline"] else ""
    return context


def _calls(kept: Kept, wish: ReplayOverrides) -> tuple[Call, ...]:
    """In the mode that was recorded, which another backend may not have."""
    return tuple(replace(call, mode="") if wish.backends else call for call in kept.calls)


@dataclass
class _Recorded:
    """Recorded calls, asked in the place of a law; ``got`` is what the last of them gave."""

    kept: Kept
    calls: tuple[Call, ...]
    got: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, subject: Subject, draft: Draft) -> Judgement:
        draft.blame = self.calls[-1].stage
        self.calls = asked_of(subject, self.calls)
        asked = replace(subject, rounding=self.kept.check.precision)
        answer = ask(asked, self.calls, self.kept.check.law, Verdict(self.kept.facts["verdict"]))
        if answer is None:
            raise ValueError(f"the oracle has no answer: the inputs break the contract of {draft.blame}")
        self.got = answer.got
        return answer.judgement


def _compared(kept: Kept, finding: Finding, got: Mapping[str, Any]) -> str:
    """One line: passes now, as recorded, failing in another way, or not asked."""
    was = f"{kept.facts['verdict']}: {kept.facts['reason']}"
    if finding.passed:
        here, there = (f"{one.subject}-{one.device}-{one.precision}" for one in (finding, kept.check))
        return f"passes now; recorded was {was}" if here == there else f"holds on {here}; recorded of {there} was {was}"
    if not finding.ran and finding.cause is not kept.cause:
        return f"could not be asked; recorded was {was}"
    if not kept.is_shown_by(finding):
        return f"another failure: recorded was {was}"
    stored = _stored(kept, "got")
    if stored and stored == digests({"got": {name: got[name] for name in got if f"got/{name}" in stored}}):
        return "same as recorded, to the last bit"
    if finding.way == kept.way and _sides(finding.measured) == _sides(kept.measured):
        return "same as recorded"
    return f"same verdict as recorded, which was {was}"


def _sides(measured: Iterable[Measured]) -> set[tuple[object, ...]]:
    """What is wrong where, to as many digits as a person is shown."""
    return {(one.output, one.place, shown(one.got), shown(one.want)) for one in measured if not one.within}


def _doubt(kept: Kept) -> str:
    """Why it is no sign of anything that the replay holds; empty where it is one."""
    then = {
        "no": "it held there when it was recorded, too",
        "unknown": "that was not seen to fail there when it was recorded",
    }
    if kept.facts["alone"] in then:
        why = f"in a process that asked nothing before; {then[kept.facts['alone']]}"
    elif kept.calls and _oracle_differs(kept, kept.calls[-1]):
        who = kept.reference.name if kept.reference else "the oracle"
        why = f"by what {who} says now; it said something else when this was recorded"
    else:
        return ""
    return (
        f"holds {why}, so that this does not say whether the failure is gone: run the check. "
        f"Recorded was {kept.facts['verdict']}: {kept.facts['reason']}"
    )


def _oracle_differs(kept: Kept, last: Call) -> bool:
    """Whether the oracle's answer differs from the recorded one by more than round-off, as that of another machine."""
    now, then = last.expected or {}, kept.arrays["expected"]
    if {name: np.asarray(one).dtype for name, one in now.items()} != {name: one.dtype for name, one in then.items()}:
        return True
    outcomes = list(compare(last.variant, then, now))
    return judge(last.stage, budget_law(kept.check.law), "float64", outcomes).verdict is not Verdict.OK


def _stored(kept: Kept, file: str) -> dict[str, str]:
    """The digests of what lies in one file."""
    return {name: one for name, one in kept.facts["digests"].items() if name.startswith(f"{file}/")}


def _inputs_since(context: RunContext, kept: Kept) -> Iterator[str]:
    """Whether the oracle, or what makes the case, says something else than when the folder was written."""
    if not kept.calls:
        if kept.arrays["inputs"] and digests({"inputs": case_inputs(context, kept.check)}) != _stored(kept, "inputs"):
            yield "the case is made of other arrays than recorded"
        return
    now = kept.calls[-1].expected
    if now is not None and digests({"expected": now}) != _stored(kept, "expected"):
        whose = f"{kept.reference.name}'s" if kept.reference else "the oracle's"
        yield f"{whose} answer is not what was recorded in expected.npz, to the last bit"


def _surroundings_since(context: RunContext, kept: Kept, check: Check) -> Iterator[str]:
    """Facts of machine, frameworks and variables that are not as they were, in one line."""
    was, now = _flat(kept.facts["environment"]), _flat(surroundings(context, check.specs))
    changed = [
        f"{name.removeprefix('machine.')} {now.get(name, '-')} (was {was.get(name, '-')})"
        for name in sorted(was.keys() | now.keys())
        # Another backend is another backend, and no change.
        if was.get(name) != now.get(name) and (not name.startswith("backends.") or (name in was and name in now))
    ]
    if changed:
        yield f"environment: {', '.join(changed)}"


def _flat(facts: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    out: dict[str, str] = {}
    for name, value in facts.items():
        if isinstance(value, Mapping):
            out |= _flat(value, f"{prefix}{name}.")
        else:
            out[prefix + name] = str(value)
    return out
