"""Baselines: statistics of what a user's own backend gives where no oracle can say, held to what was stored before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

from parity_suite.core.cause import Cause
from parity_suite.core.check_id import CheckId
from parity_suite.core.finding import Finding, Measured, Verdict
from parity_suite.plugin.reported import attach
from parity_suite.plugin.snapshots import BaselineExtension, Store
from parity_suite.plugin.test_outcome import end_test, noted
from parity_suite.report.changes import change_lines
from parity_suite.snapshots.anchors import Change, Content, describe_array, gaps
from parity_suite.snapshots.baselines import NO_BASELINE

if TYPE_CHECKING:
    from parity_suite.plugin.session import ParitySession

#: What stands in a check's id and in a file's name, which a dot would hide.
_WORD: Final = re.compile(r"[a-z0-9_][a-z0-9_.+]*")

#: The numbers shown of a baseline that changed; the file holds the rest.
_SHOWN: Final = 12


class Baseline:
    """What the fixture ``parity_baseline`` gives: call it with arrays to hold them to the stored statistics."""

    def __init__(self, item: Any, session: ParitySession) -> None:
        self._item = item
        self._session = session
        #: whether anything was to be held
        self.called = False

    def __call__(self, stage: str, values: Any, *, backend: str, case: str, budget: float, device: str = "cpu") -> None:
        """Passes where every statistic of ``values`` lies within ``budget`` of the stored one.

        ``values`` is an array of any shape and unit, or a mapping from labels to arrays; the longest two neighbouring
        axes count as rows and columns. ``budget`` bounds the change of any number, measured as errors of arrays are:
        relative to the root mean square or the peak (:mod:`parity_suite.compare.statistics`). ``device`` is where they
        were computed: ``cpu`` and ``cuda`` are checks of their own, held to one file. Stored in
        ``<parity_snapshots>/baselines/``, one file for each stage, case and backend. Raises ValueError for a name with
        other characters than ``a-z 0-9 . _ +``, a budget that is not positive, and values that are empty or not finite.
        """
        __tracebackhide__ = True
        self.called = True
        if self._session.refusal:
            pytest.fail(self._session.refusal, pytrace=False)
        _check_names(stage=stage, case=case, backend=backend, device=device)
        if not budget > 0:
            raise ValueError(f"budget: {budget} is not positive")
        arrays = _arrays(values)
        content = {label: describe_array(array) for label, array in arrays.items()}
        store = Store(self._item, BaselineExtension, self._session.updates)
        name = f"{stage}.{case}.{backend}"
        parts = (stage, "baseline", case, backend, device, _precision(arrays))
        finding = Finding(str(CheckId(*parts)), *parts, Verdict.OK, blame=stage, dataset=case)
        self._conclude(finding, name, store.recall(name), content, budget, store)

    def _conclude(
        self, finding: Finding, name: str, stored: Content | None, content: Content, budget: float, store: Store
    ) -> None:
        __tracebackhide__ = True
        entry = self._session.entry_of(finding.check)
        more = ""
        if self._session.updates:
            finding = noted(finding, self._session.ledger)
            attach(self._item, finding, store.hold(name, content, budget))
        elif stored is None:
            finding = replace(finding, verdict=Verdict.NOT_RUN, reason=NO_BASELINE, cause=Cause.NO_BASELINE)
            attach(self._item, finding)
            if self._session.settings.ci:
                pytest.fail(f"not-run: no baseline {name}, red under CI: --update-snapshots makes it", pytrace=False)
        else:
            changed = store.hold(name, content, budget)
            finding = noted(_judged(finding, stored, content, budget, changed), self._session.ledger)
            attach(self._item, finding)
            more = _table(changed) if changed else ""
        end_test(finding, entry, more)


def _check_names(**names: str) -> None:
    for field, text in names.items():
        if not _WORD.fullmatch(text):
            raise ValueError(f"{field}: {text!r} has other characters than a-z 0-9 . _ +")


def _arrays(values: Any) -> dict[str, Any]:
    labelled = values if isinstance(values, Mapping) else {"values": values}
    arrays = {label: np.asarray(value) for label, value in labelled.items()}
    for label, array in arrays.items():
        if array.dtype.kind not in "biufc":
            raise ValueError(f"{label}: dtype {array.dtype} is not numeric")
        if not array.size or not np.isfinite(array).all():
            raise ValueError(f"{label}: empty or not finite")
    return arrays


def _precision(arrays: Mapping[str, Any]) -> str:
    """The coarsest precision among the arrays; integers are as good as float64."""
    coarse = any(array.dtype.kind in "fc" and array.real.itemsize <= 4 for array in arrays.values())
    return "float32" if coarse else "float64"


def _judged(finding: Finding, stored: Content, content: Content, budget: float, changed: list[Change]) -> Finding:
    """The finding with the worst number beside its budget."""
    number, was, now, gap = max(gaps(stored, content), key=lambda found: found[3])
    worst = Measured(number, gap, gap, budget, (), now, was, bound="at most")
    if not changed:
        return replace(finding, measured=(worst,))
    reason = f"{len(changed)} numbers left their baseline, most of all {number}"
    return replace(finding, verdict=Verdict.SEMANTIC, reason=reason, measured=(worst,), cause=Cause.BEYOND_BOUND)


def _table(changed: list[Change]) -> str:
    lines = list(change_lines(changed))
    more = len(lines) - 1 - _SHOWN
    return "\n".join(lines[: _SHOWN + 1] + ([f"  and {more} more"] if more > 0 else []))
