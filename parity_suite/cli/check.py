"""``parity check``: files against their contracts, and raw datasets on trial."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity_suite.contracts.check import Checked, check_file
from parity_suite.contracts.holding import printable, printable_lines
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.load import contract_names
from parity_suite.contracts.plain_json import json_text
from parity_suite.contracts.render import FORMS, annotation, checked_as_json, render_checked
from parity_suite.contracts.violation import ContractError, Violation
from parity_suite.core.byte_size import size_of
from parity_suite.core.journal import unfinished

if TYPE_CHECKING:
    from parity_suite.cli.overlap import Overlap
    from parity_suite.ptychography.trial.verdict import Trial


def add_to(commands: Any) -> None:
    """Declares the subcommand."""
    parser = commands.add_parser(
        "check",
        help="hold files against their contracts",
        description="Holds files and folders against their contracts and lists all that is wrong. Of a raw dataset "
        "the overlap of its scan is reported too, and whether patterns, probe, positions and object can be true "
        "together. Exit code 1 if anything is wrong.",
        epilog=f"Contracts: {', '.join(contract_names())}.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="NPZ, HDF5, JSON, TOML or a folder")
    parser.add_argument("--contract", help="its name or TOML file; without it, it is guessed from the names in FILE")
    parser.add_argument(
        "--role",
        choices=("reader", "writer"),
        default="reader",
        help="a reader takes old names and defaults, a writer is held to the contract as it is (default: reader)",
    )
    parser.add_argument("--format", choices=FORMS, default="table", help="table (default), json, or github annotations")
    parser.add_argument(
        "--max-bytes",
        type=size_of,
        metavar="SIZE",
        help="refuse a file that declares more (default: 64G, and no array over 2G that is packed more than 20 times)",
    )
    parser.add_argument(
        "--pixel-size", type=float, metavar="METRES", help="of the object, where the positions are in metres"
    )
    what = "reported; a scan whose patches cannot overlap is a violation"
    _add_overlap(parser.add_argument_group("overlap of a raw dataset", what))
    parser.set_defaults(run=run)


def _add_overlap(group: Any) -> None:
    group.add_argument("--gridsize", type=int, default=1, help="patches along a side of a group (default: 1)")
    group.add_argument("--diameter", type=float, help="of the disc of light in pixels (default: the probe's FWHM)")
    group.add_argument("--fraction", type=float, default=1.0, help="of the images that is kept (default: 1)")
    group.add_argument("--groups", type=int, help="number of groups (default: one for each image)")
    group.add_argument("--neighbours", type=int, help="candidates beside the seed of a group (default: C - 1)")
    group.add_argument(
        "--oversample",
        action="store_true",
        help="allow more groups than images; needs gridsize > 1 and neighbours K >= C",
    )
    group.add_argument("--seed", type=int, default=0, help="of what is drawn (default: 0)")
    group.add_argument("--picture", type=Path, metavar="PNG", help="draw positions and discs of the one FILE")


def _of_unfinished(path: Path) -> Checked | None:
    """What is wrong with the record of a run that did not come to its end; None for any other file."""
    if not path.is_file() or not (said := unfinished(path)):
        return None
    wanted = "a record, which is written at the end of its run"
    return Checked(path, None, (Violation("file", "unfinished", said.removeprefix(f"{path}: "), wanted),))


def run(given: argparse.Namespace) -> int:
    """Prints what was found; 1 if anything is wrong."""
    from parity_suite.cli.overlap import SettingError, overlap_of
    from parity_suite.cli.trial import trial_of

    if given.picture is not None and len(given.files) > 1:
        print("parity check: --picture is for one FILE", file=sys.stderr)
        return 2
    if given.picture is not None and given.picture.exists() and not given.picture.is_file():
        print(printable(f"parity check: --picture: {given.picture} is not a regular file"), file=sys.stderr)
        return 2
    limits = Limits() if given.max_bytes is None else Limits.stated(given.max_bytes)
    checked: list[Checked] = []
    overlaps: dict[Path, Overlap] = {}
    trials: dict[Path, Trial] = {}
    for path in given.files:
        try:
            one = _of_unfinished(path) or check_file(path, given.contract, role=given.role, limits=limits)
        except (ContractError, OSError) as error:
            print(printable_lines(f"parity check: --contract: {error}"), file=sys.stderr)
            return 2
        try:
            found = overlap_of(one, given, limits) if one.ok else None
        except SettingError as error:
            print(printable_lines(f"parity check: --{error}"), file=sys.stderr)
            return 2
        if found is not None:
            one, overlaps[path] = found.checked, found
        checked.append(one)
        if trial := trial_of(one, limits, given.pixel_size):
            trials[path] = trial
    print(_rendered(checked, overlaps, trials, given.format), end="")
    return int(not all(one.ok for one in checked) or any(one.refused for one in trials.values()))


def _rendered(checked: list[Checked], overlaps: dict[Path, Overlap], trials: dict[Path, Trial], form: str) -> str:
    if form == "json":
        return json_text([_entry(one, overlaps.get(one.path), trials.get(one.path)) for one in checked])
    lines = list(filter(None, [render_checked(checked, "github" if form == "github" else "table")]))
    if form == "github":
        bad = {path: one for path, one in trials.items() if one.reasons}
        lines += [annotation(one.in_one_line(path), file=str(path), title="trial") for path, one in bad.items()]
    else:
        lines += [line for one in overlaps.values() for line in one.lines]
        lines += [printable(line) for path, one in trials.items() for line in one.lines(path)]
    return "".join(f"{line}\n" for line in lines)


def _entry(checked: Checked, overlap: Overlap | None, trial: Trial | None) -> dict[str, Any]:
    entry = checked_as_json(checked)
    if overlap is not None:
        entry["overlap"] = overlap.facts
    if trial is not None:
        entry["trial"] = trial.to_json(checked.path)
    return entry
