"""``parity causes`` and ``parity failures``: what a finished run left to mend."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from parity_suite.cli.ending import refused


def causes(
    record: Annotated[Path, typer.Argument(help="record.json of a run, or the folder that it lies in")],
) -> int:
    """What a person mends once, of the record of a run, in the order of how much each explains.

    Exit code 1 where there is anything.
    """
    from parity_suite.contracts.violation import ContractError
    from parity_suite.core.journal import RECORD
    from parity_suite.laws.mending import told_to_mend
    from parity_suite.ledger.runs import read_run
    from parity_suite.report.causes import cause_lines

    path = record / RECORD if record.is_dir() else record
    try:
        run = read_run(path)
    except (ContractError, OSError) as error:
        return refused(f"parity causes: {error}")
    mends = told_to_mend(run.findings)
    for line in cause_lines(mends, Path.cwd()):
        print(line.text)
    if not mends:
        print(f"nothing to mend in {len(run.findings)} findings")
    return int(bool(mends))


def failures(
    folder: Annotated[Path, typer.Argument(help="of failures, one a folder")] = Path("parity-failures"),
) -> int:
    """The failures that runs left, each with what it was; `parity replay FOLDER` asks them again.

    Exit code 1 where there is any, 2 where one cannot be read.
    """
    from parity_suite.contracts.tables import text_table
    from parity_suite.replay.folder import DOCUMENT, UnfitFolder, read_document

    rows, unfit = [], []
    for place in sorted(one.parent for one in folder.glob(f"*/{DOCUMENT}")):
        try:
            facts = read_document(place)
        except UnfitFolder as error:
            unfit.append(f"parity failures: {place}: {error}")
            continue
        what = facts["raised"]["type"] or str(facts.get("kind") or "")
        rows.append((place.name, facts["verdict"], what))
    if rows:
        print("\n".join(text_table(("folder", "verdict", "what"), rows, fold=True)))
    elif not unfit:
        print(f"no failures in {folder}")
    for line in unfit:
        refused(line)
    return 2 if unfit else int(bool(rows))
