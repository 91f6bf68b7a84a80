"""The page of a large record in a process of its own: ``python rendering.py FOLDER`` prints figures of it.

The record has 5,000 findings, 1,700 of them of 85 causes, and each cause a complex field of 9 images of 64 x 64, all
noise, that is wrong: six pictures a cause, 510 in all. A first call writes it with the folders of its failures, a
second one renders it and measures.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from memory import peak

from parity_suite.core.cause import Cause
from parity_suite.core.check_id import CheckId
from parity_suite.core.finding import Finding, Stored, Verdict
from parity_suite.core.measured import Measured
from parity_suite.core.run_facts import RunFacts
from parity_suite.ledger.runs import run_of
from parity_suite.ptychography.sizes import SMALL
from parity_suite.replay.folder import write_folder
from parity_suite.replay.keeper import folder_name
from parity_suite.report.html import PAGE, render_page
from parity_suite.report.record import write_record

FINDINGS: Final = 5000
CAUSES: Final = 85
#: Failing checks of a cause.
_OF_CAUSE: Final = 20
_SIDE: Final = 64


def make(folder: Path) -> None:
    """Writes the record and the folders of its failures."""
    found = list(_findings(folder))
    facts = RunFacts(run="large", exit_status=1, collected=len(found), selected=len(found))
    write_record(folder, folder, found, {"machine": {"python": "3.11"}, "run": {}, "backends": {}}, {}, facts=facts)


def _findings(folder: Path) -> Iterator[Finding]:
    rng = np.random.default_rng(0)
    for place in range(FINDINGS):
        number, of_cause = divmod(place, _OF_CAUSE)
        fails = number < CAUSES
        part = CheckId("translate", "oracle", f"n{place}", f"mine{number % CAUSES}", "cpu", "float32")
        off = float(10 ** rng.uniform(1, 6) if fails else 10 ** rng.uniform(-3, -0.1))
        one = Measured("images (complex)", off * 1e-6, off * 1e-6, 1e-6, (0, 1, 2, 0), 1 + 2j, 2 - 1j)
        verdict, cause = (Verdict.SEMANTIC, Cause.OFF_BUDGET) if fails else (Verdict.OK, None)
        finding = Finding(
            str(part), *asdict(part).values(), verdict, one.reason if fails else "", "translate", cause=cause,
            measured=(one,), decided_by=one.output if fails else "", seconds=float(rng.exponential(0.1)),
        )  # fmt: skip
        if fails and not of_cause:
            name = f"failures/{folder_name(str(part))}"
            _write_failure(folder / name, finding, rng)
            finding = replace(finding, replay=Stored(name, alone="yes"))
        yield finding


def _write_failure(path: Path, finding: Finding, rng: np.random.Generator) -> None:
    shape = (9, _SIDE, _SIDE, 1)
    want = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)
    arrays = {
        "inputs": {"images": want[:1, :2, :1], "offsets": np.ones((1, 2))},
        "expected": {"images": want[:1, :2, :1]},
        "got": {"images": -want[:1, :2, :1]},
        "found": {"want.images": want, "got.images": np.roll(want, 1, axis=1)},
    }
    facts = {
        "time": "2026-01-01T12:00:00+00:00",
        "commit": "",
        "check": finding.check,
        "stage": finding.stage,
        "law": finding.law,
        "case": asdict(SMALL[0]),
        "backends": [f"{finding.subject}=mine:Mine"],
        "device": finding.device,
        "precision": finding.precision,
        "calls": [{"stage": finding.stage, "mode": "", "values": {"interpolation": "bilinear"}}],
        "thresholds": {},
        "baseline": {},
        "verdict": str(finding.verdict),
        "cause": str(finding.cause),
        "reason": finding.reason,
        "evidence": {"basis": "", "size": None, "like_float32": False, "unlike_rounding": False},
        "measured": [one.to_json() for one in finding.measured],
        "rules": [],
        "raised": asdict(finding.raised),
        "alone": "yes",
        "shrunk": {"before": want.size, "after": 4, "tried": 9, "seconds": 0.1},
        "environment": {},
    }
    write_folder(path, facts, arrays, "")


def render(folder: Path) -> dict[str, Any]:
    """Seconds and bytes at the peak of reading the record and rendering its page, and the bytes of that."""
    start = time.perf_counter()
    run = run_of(json.loads((folder / "record.json").read_text("utf-8")))
    page = render_page(run, folder, folder)
    seconds = time.perf_counter() - start
    (folder / PAGE).write_text(page, "utf-8")
    return {"seconds": seconds, "peak": peak(), "page": len(page.encode()), "pictures": page.count("data:image/png")}


if __name__ == "__main__":
    place = Path(sys.argv[1])
    if (place / "record.json").is_file():
        print(json.dumps(render(place)))
    else:
        make(place)
