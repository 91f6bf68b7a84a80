"""Which failures of a run are written, where, and which folders of an earlier run are taken away."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from parity_suite.backends.exceptions import Unavailable
from parity_suite.backends.raised import one_line
from parity_suite.backends.subject import FAILURES, Subject
from parity_suite.cases.datasets import dataset_of
from parity_suite.cases.missing import Missing
from parity_suite.cases.of_pack import training_inputs
from parity_suite.cases.reference import answered_by
from parity_suite.cases.variants import variants
from parity_suite.compare.widening import Widenings
from parity_suite.contracts.plain_json import plain
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.check import Check
from parity_suite.core.commit import commit_of
from parity_suite.core.context import RunContext
from parity_suite.core.finding import Finding, Stored
from parity_suite.core.options import options_for
from parity_suite.core.packs import BY_NAME, named_packs
from parity_suite.core.run_causes import RunCause, cause_of
from parity_suite.core.writing import NotWritten, remove_whole, write_whole
from parity_suite.engine.environment import environment_of, machine
from parity_suite.replay.find import Evidence, find
from parity_suite.replay.folder import MOST_BYTES, Arrays, arrays_of, plain_calls, write_folder
from parity_suite.replay.in_forked_process import fails_in_forked_process
from parity_suite.replay.script import script_of_calls, script_of_law
from parity_suite.replay.shrink import Failure
from parity_suite.snapshots.baselines import Baselines

#: Folders that one process writes: of one law of a stage of a subject, in all, and more than that for causes that have
#: none yet.
_OF_A_LAW: Final = 2
_IN_ALL: Final = 20
_OF_CAUSES: Final = 20

#: Bytes of a failure that is kept as it was found beside the smallest one.
_PICTURED: Final = 4 * 2**20

#: A law that took more seconds is not run once more in a fresh process.
_IN_A_PROCESS: Final = 10.0

#: Most file systems end at 255 bytes.
_LONGEST_NAME: Final = 200

_IGNORED: Final = "# Made by parity-suite: failures of the last run, no part of the repository.\n*\n"


class FailureWriter:
    """Writes failures into ``folder``, or nothing where that is None; ``start`` is where the run was started.

    No link is followed below ``within``, by default the folder itself.
    """

    def __init__(
        self,
        context: RunContext,
        folder: Path | None,
        root: Path,
        start: Path,
        within: Path | None = None,
    ) -> None:
        self._context = context
        self._folder = folder
        self._within = within or folder
        self._root = root
        self._start = start
        self._written: Counter[tuple[str, ...]] = Counter()
        #: those that have a folder
        self._causes: set[RunCause] = set()
        #: whether a fresh process took too long, so that no other one is waited for
        self._slow = False

    def settle(self, check: Check, finding: Finding) -> Finding:
        """The finding with the folder that replays it. A check that holds has no folder afterwards."""
        if self._folder is None:
            return finding
        path = self._folder / folder_name(check.id)
        if finding.passed:
            self._remove(path)
            return finding
        refused = self._left_out(check, cause_of(finding))
        try:
            stored = Stored(refused=refused) if refused else self._write(path, check, finding)
        except NotWritten as error:
            stored = Stored(refused=str(error))
        except FAILURES as error:
            # What was found is worth more than its folder.
            stored = Stored(refused=f"{type(error).__name__}: {one_line(error)}"[:200])
        if not stored.folder:
            self._remove(path)
        return replace(finding, replay=stored)

    def _remove(self, path: Path) -> None:
        """Takes away what an earlier run left; a folder that cannot be written has nothing of this run either."""
        with suppress(NotWritten):
            remove_whole(path, within=self._within)

    @cached_property
    def _commit(self) -> str:
        return commit_of(self._root)

    def _left_out(self, check: Check, cause: RunCause) -> str:
        """Why a failure is not written; empty where it is."""
        if self._written.total() >= _IN_ALL + _OF_CAUSES * (cause not in self._causes):
            return f"{_IN_ALL} failures are, the most that one process writes"
        if self._written[_kind(check)] >= _OF_A_LAW:
            return f"{_OF_A_LAW} failures of {check.stage}.{check.law} are"
        for spec in check.specs:
            try:
                _ = Subject(spec, self._context, check.device, check.precision).backend
            except Unavailable:
                return "there is no backend to ask"
        return ""

    def _write(self, path: Path, check: Check, finding: Finding) -> Stored:
        assert self._folder is not None
        ignore = self._folder / ".gitignore"
        if not ignore.is_file():
            write_whole(ignore, _IGNORED, within=self._within)
        evidence = find(self._context, check, finding)
        with answered_by(evidence.reference):
            arrays = _arrays(self._context, evidence)
        size = sum(np.asarray(one).nbytes for content in arrays.values() for one in content.values())
        if size > MOST_BYTES:
            if evidence.failure is not None:
                most = f"its arrays take {size / 2**20:.0f} MiB, {MOST_BYTES / 2**20:.0f} at most"
                return Stored(refused=most)
            arrays = {}
        alone = self._put(path, check, evidence, arrays)
        if alone == "no" and evidence.failure is not None:
            # The calls show nothing by themselves: what there is to ask is the law.
            evidence = replace(evidence, check=check, finding=finding, failure=None, reference=None)
            alone = self._put(path, check, evidence, _arrays(self._context, evidence))
        self._written[_kind(check)] += 1
        self._causes.add(cause_of(finding))
        return Stored(os.path.relpath(path, self._start), alone=alone)

    def _put(self, path: Path, check: Check, evidence: Evidence, arrays: dict[str, Arrays]) -> str:
        """Writes a folder, and says in it whether a process that asked nothing before fails too: yes, no, unknown."""
        script = _script(self._context, check, evidence, path)
        alone = "no" if evidence.failure is None and evidence.fails_alone is False else "yes"
        write_folder(path, self._facts(check, evidence, alone), arrays, script, self._within)
        if alone == "yes" and (seen := self._seen_alone(path, evidence)) != alone:
            alone = seen
            write_folder(path, self._facts(check, evidence, alone), arrays, script, self._within)
        return alone

    def _seen_alone(self, path: Path, evidence: Evidence) -> str:
        failure, case = evidence.failure, evidence.check.case
        if self._slow or (failure is None and evidence.finding.seconds > _IN_A_PROCESS):
            return "unknown"
        try:
            measured = dataset_of(self._context, case) if case.kind == "file" else None
            return fails_in_forked_process(path, evidence.check.specs, measured)
        except RuntimeError:
            return "unknown"
        except TimeoutError:
            self._slow = True
            return "unknown"

    def _facts(self, check: Check, evidence: Evidence, alone: str) -> dict[str, Any]:
        failure, finding = evidence.failure, evidence.finding
        judged = failure.answer.judgement if failure else finding
        specs = (evidence.spec,) if failure else check.specs
        return {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": self._commit,
            "check": check.id,
            "stage": check.stage,
            "law": check.law,
            "case": asdict(evidence.check.case),
            "backends": [_named(spec) for spec in specs],
            "reference": _named(evidence.reference.spec) if failure and evidence.reference else "",
            "device": check.device,
            "precision": check.precision,
            "calls": plain_calls(failure.calls) if failure else [],
            "thresholds": dict(options_for(self._context, check.stage).overrides),
            "baseline": _baseline(self._context, check),
            "verdict": str(judged.verdict),
            "cause": str(judged.cause),
            "reason": judged.reason,
            "evidence": plain(asdict(judged.evidence)),
            "measured": [one.to_json() for one in judged.measured],
            "rules": [asdict(one) for one in judged.rules],
            "raised": asdict(judged.raised),
            "alone": alone,
            "shrunk": {
                "before": evidence.found.size if evidence.found else 0,
                "after": failure.size if failure else 0,
                "tried": failure.tried if failure else 0,
                "seconds": round(evidence.seconds, 3),
            },
            "environment": surroundings(self._context, specs),
        }


def _named(spec: BackendSpec) -> str:
    return f"{spec.name}={spec.module}:{spec.member}"


def folder_name(check: str) -> str:
    """The id of a check as the name of a folder that no shell reads as a pattern."""
    name = check.replace("[", "-").rstrip("]")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:_LONGEST_NAME]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def surroundings(context: RunContext, specs: Any) -> dict[str, Any]:
    """The machine, the frameworks of these backends, the variables that change what is asked, and wider budgets."""
    variables = {name: os.environ[name] for name in ("PARITY_SEED", "PARITY_HYPOTHESIS") if name in os.environ}
    known = {"machine": machine(), "backends": environment_of(context, specs), "variables": variables}
    return known | {"budgets": context.part(Widenings).to_json(), "packs": list(named_packs())}


def _kind(check: Check) -> tuple[str, ...]:
    return (check.subject, check.stage, check.law)


def _arrays(context: RunContext, evidence: Evidence) -> dict[str, Arrays]:
    """The arrays by file and name: of the calls, what was wanted and given; of a law, what its case is made of."""
    failure = evidence.failure
    if failure is None:
        return {"inputs": case_inputs(context, evidence.check)}
    got, want = _sides(failure)
    return {"inputs": arrays_of(failure.calls), "expected": want, "got": got, "found": _as_found(evidence)}


def _sides(failure: Failure) -> tuple[Arrays, Arrays]:
    """What the backend gave in the last call, as far as it can be stored, and what was wanted."""
    want = {name: np.asarray(value) for name, value in (failure.calls[-1].expected or {}).items()}
    return {name: value for name, value in failure.answer.got.items() if _storable(value)}, want


def _as_found(evidence: Evidence) -> dict[str, Any]:
    """The same before the calls were made smaller, for pictures; nothing where they are large or as they were."""
    found, failure = evidence.found, evidence.failure
    if found is None or failure is None or found.size == failure.size:
        return {}
    sides = zip(("got", "want"), _sides(found), strict=True)
    arrays = {f"{side}.{name}": value for side, fields in sides for name, value in fields.items()}
    return arrays if sum(np.asarray(one).nbytes for one in arrays.values()) <= _PICTURED else {}


def _storable(value: Any) -> bool:
    return np.asarray(value).dtype.kind in "biufcU"


def case_inputs(context: RunContext, check: Check) -> dict[str, Any]:
    """What a law on a case starts from, by variant and field; nothing where it makes its own."""
    try:
        if check.stage not in BY_NAME:
            return {}
        if BY_NAME[check.stage].of_model:
            given = training_inputs(context, check.stage, check.case, check.precision)
            return {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
        return {
            f"{variant.name}.{name}": value
            for variant in variants(context, check.case, check.stage, check.precision)
            for name, value in variant.inputs.items()
            if isinstance(value, np.ndarray)
        }
    except Missing:
        return {}


def _baseline(context: RunContext, check: Check) -> Any:
    """The stored numbers that a law of them holds a model to; nothing of any other law."""
    law = check.law == "baseline"
    text = context.part(Baselines).stored(check.specs[0], check.stage, check.case) if law else ""
    return json.loads(text) if text else {}


def _script(context: RunContext, check: Check, evidence: Evidence, path: Path) -> str:
    failure = evidence.failure
    if failure is None:
        return script_of_law(check, f"{evidence.finding.verdict}: {evidence.finding.reason}", path)
    subject = Subject(evidence.spec, context, check.device, check.precision, check.precision)
    wanted = evidence.reference.spec.name if evidence.reference else ""
    return script_of_calls(check.id, subject, failure.calls, failure.answer, path, wanted)
