"""What each law asks of a backend, and what it calls what it measures, is what it was when its budgets were measured.

``asked_on_numpy.json`` holds, for one case of each law on a right backend in NumPy, the calls of stages in number and
in weighted sums of their inputs, and every outcome by name with its terms or its limit. Which statistic or patch is
the worst is left out of the names: among those that are nearly equal, as those of one patch in two groups, the last bit
decides. After a change that is meant: ``PYTHONPATH=tests python tests/laws/test_what_is_asked.py``, and the budgets of
the law are to be measured anew.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plain import spec_of
from test_laws_on_numpy import _LEARNED, _checks
from whole import Knowing, Whole

from parity_suite.backends.exceptions import NotProvided
from parity_suite.backends.subject import Call, Subject, record_calls
from parity_suite.cases.missing import Missing
from parity_suite.compare.deviation import Bound, Deviation
from parity_suite.core.check import Check
from parity_suite.core.context import RunContext
from parity_suite.laws.registry import law_of

CONTEXT = RunContext()

STORED = Path(__file__).with_name("asked_on_numpy.json")
#: Inputs that hypothesis draws are those of its version.
_DRAWN = ("search", "journey")
#: How a law's outcomes end that are named by where they are worst.
_WORST = {"snapshot": re.compile(r", [\w.]+$"), "guard": re.compile(r" of group \d+, channel \d+$")}


def laws() -> list[str]:
    """The laws that are asked, as ``stage.law``."""
    return sorted(key for key in _checks() if key.partition(".")[2] not in _DRAWN)


def asked(check: Check) -> dict[str, Any]:
    """The calls and outcomes of one check on the right backend."""
    spec = spec_of(Knowing if (check.stage, check.law) in _LEARNED else Whole)
    subject = Subject(spec, CONTEXT, "cpu", check.precision, check.precision)
    heard: list[Call] = []
    measured: dict[str, Any] = {}
    law = law_of(check.law, check.stage)
    with record_calls(CONTEXT, heard):
        try:
            for one in law.run(subject, check.stage, check.case):
                if isinstance(one, Deviation):
                    measured[_name(check.law, one)] = one.terms
                elif isinstance(one, Bound):
                    measured[_name(check.law, one)] = one.limit
        except (NotProvided, Missing) as reason:
            measured[f"not run: {reason}"] = 0
    return {"check": check.id, "calls": len(heard), "sums": _sums(heard), "measured": measured}


def _name(law: str, one: Deviation | Bound) -> str:
    """What an outcome is of, but for where it is worst; a quantity's lower and its upper limit have two names."""
    if law not in _WORST or not (found := _WORST[law].search(one.output)):
        return one.output
    what = one.output[: found.start()]
    return f"{what}, {'least' if one.least else 'greatest'}" if isinstance(one, Bound) else what


def _sums(calls: Iterable[Call]) -> Mapping[str, float]:
    """Of every input of every stage the sum over its calls, in which place and order count."""
    sums: dict[str, float] = defaultdict(float)
    for place, call in enumerate(calls, 1):
        for name, value in call.inputs.items():
            flat = np.asarray(value).ravel()
            if flat.dtype.kind not in "biufc":
                continue
            weights = np.cos(np.arange(flat.size, dtype=float)) + 1.5
            parts = weights * (flat.real.astype(float) + 2.0 * flat.imag.astype(float))
            sums[f"{call.stage}.{name}"] += place * float(np.sum(parts[np.isfinite(parts)])) + flat.size
    return dict(sums)


@pytest.mark.parametrize(
    "key", [pytest.param(key, marks=pytest.mark.long if key.endswith(("many", "crowd")) else ()) for key in laws()]
)
def test_what_is_asked(key: str) -> None:
    stored = json.loads(STORED.read_text("utf-8"))[key]
    now = asked(_checks()[key][0])
    assert (now["check"], now["calls"], list(now["measured"])) == (
        stored["check"],
        stored["calls"],
        list(stored["measured"]),
    )
    assert now["measured"] == pytest.approx(stored["measured"], rel=1e-6)
    # Sums cancel; those of millions of photons are not known better.
    assert now["sums"] == pytest.approx(stored["sums"], rel=1e-5, abs=1e-5)


def test_every_law_is_stored() -> None:
    assert sorted(json.loads(STORED.read_text("utf-8"))) == laws()


if __name__ == "__main__":
    STORED.write_text(json.dumps({key: asked(_checks()[key][0]) for key in laws()}, indent=1) + "\n", "utf-8")
