"""What is written beside the record for a person: the page, and the summary of a job."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from parity_suite.core.writing import NotWritten, update_whole, write_whole
from parity_suite.ledger.runs import Run
from parity_suite.report.difference import difference
from parity_suite.report.html import PAGE, render_page
from parity_suite.report.judgement import Judgement
from parity_suite.report.summary import MOST_BYTES, SUMMARY, capped, render_judgement, render_summary

__all__ = ["PAGE", "SUMMARY", "write_renderings"]

#: Where GitHub takes the summary of a step from.
_OF_STEP: Final = "GITHUB_STEP_SUMMARY"


def write_renderings(
    run: Run,
    folder: Path,
    start: Path,
    *,
    base: Run | None = None,
    within: Path | None = None,
    gate: Judgement | None = None,
) -> Iterator[str]:
    """Writes the page and the summary beside the record in ``folder``, and gives a line for each that could not be
    written: the record has all that they show, so that nothing is lost with them.

    Folders of failures are seen from ``start``, and no link is followed below ``within``. What the ``gate`` said of the
    run comes first. The summary, or of one that the run has written already what the gate said, is also put behind what
    the step of a job has said so far, where there is one.
    """
    found = None if base is None else difference(run, base)

    def page() -> None:
        write_whole(folder / PAGE, render_page(run, folder, start, found, gate), within=within)

    def summary() -> None:
        text = render_summary(run, start, found, gate)
        write_whole(folder / SUMMARY, text, within=within)
        if place := os.environ.get(_OF_STEP):
            more = render_judgement(gate) if gate else text
            update_whole(Path(place), lambda there: there + capped(more, max(0, MOST_BYTES - len(there))).encode())

    for name, write in ((PAGE, page), (SUMMARY, summary)):
        try:
            write()
        except NotWritten as error:
            yield str(error)
        except Exception as error:
            # No picture of a run is worth the run.
            yield f"could not write {folder / name}: {type(error).__name__}: {error}"
