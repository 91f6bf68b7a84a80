"""``parity contracts``: what there is, what it says, and what changed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from parity_suite.contracts.changes import Change, Refusal, unstepped
from parity_suite.contracts.difference import all_differences
from parity_suite.contracts.holding import printable, printable_lines
from parity_suite.contracts.load import contract_names, load_contract
from parity_suite.contracts.page import contract_page
from parity_suite.contracts.plain_json import json_text
from parity_suite.contracts.render import FORMS, annotation
from parity_suite.contracts.revisions import load_side
from parity_suite.contracts.sample_file import write_sample
from parity_suite.contracts.tables import text_table
from parity_suite.contracts.violation import ContractError
from parity_suite.core.writing import remove_whole
from parity_suite.snapshots.contract_files import write_faces


def add_to(commands: Any) -> None:
    """Declares the subcommand and its own."""
    parser = commands.add_parser("contracts", help="list, show, sample and compare contracts")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="the contracts that ship with the package")
    listed.set_defaults(run=_list)
    shown = actions.add_parser("show", help="the page of a contract")
    shown.add_argument("name", help="a name, or a TOML file, of which all that breaks the language is listed")
    shown.set_defaults(run=_show)
    drawn = actions.add_parser("sample", help="write a valid file of a contract, for tests of your own reader")
    drawn.add_argument("name", help="a name, or a TOML file")
    drawn.add_argument("file", type=Path)
    drawn.add_argument("--seed", type=int, default=0, help="of what is drawn (default: 0)")
    drawn.set_defaults(run=_sample)
    diff = actions.add_parser(
        "diff",
        help="what changed, and whom it breaks",
        description="Classifies each change from OLD to NEW. Exit code 1 where a breaking change has no version step.",
    )
    for name in ("old", "new"):
        diff.add_argument(name, metavar=name.upper(), help="a TOML file, a folder, or a git revision (REV or REV:PATH)")
    diff.add_argument("--format", choices=FORMS, default="table")
    diff.set_defaults(run=_diff)
    faces = actions.add_parser("faces", help="write the snapshots of the public faces, after an approved change")
    faces.add_argument("folder", type=Path, help="such as snapshots/contracts")
    faces.set_defaults(run=_faces)


def _list(given: argparse.Namespace) -> int:
    contracts = [load_contract(name) for name in contract_names()]
    rows = [(one.name, str(one.version), one.container, one.doc.splitlines()[0]) for one in contracts]
    print("\n".join(text_table(("contract", "version", "container", "what it holds"), rows, fold=True)))
    return 0


def _show(given: argparse.Namespace) -> int:
    try:
        print(printable_lines(contract_page(load_contract(given.name))))
    except (ContractError, OSError) as error:
        print(printable_lines(f"parity contracts: {error}"), file=sys.stderr)
        return 2
    return 0


def _sample(given: argparse.Namespace) -> int:
    if given.file.exists():
        print(printable(f"parity contracts sample: {given.file} is there already"), file=sys.stderr)
        return 2
    try:
        write_sample(given.file, load_contract(given.name), given.seed)
    except (ValueError, OSError) as error:
        print(printable_lines(f"parity contracts sample: {error}"), file=sys.stderr)
        return 2
    return 0


def _diff(given: argparse.Namespace) -> int:
    try:
        old, new = (load_side(side, Path.cwd()) for side in (given.old, given.new))
    except ValueError as error:
        print(printable_lines(f"parity contracts diff: {error}"), file=sys.stderr)
        return 2
    changes = all_differences(old, new)
    refusals = unstepped(old, new, changes)
    print(_rendered(changes, refusals, given.format), end="")
    return int(bool(refusals))


def _rendered(changes: list[Change], refusals: list[Refusal], form: str) -> str:
    if form == "json":
        plain = {"changes": [one.to_json() for one in changes], "refused": [str(one) for one in refusals]}
        return json_text(plain)
    if form == "github":
        return "".join(f"{annotation(str(one), title='contract changed without a version')}\n" for one in refusals)
    if not changes:
        return "no change\n"
    rows = [(one.contract, one.place, one.what, str(one.effect), one.reason) for one in changes]
    lines = text_table(("contract", "where", "change", "effect", "why"), rows, fold=True)
    broken = sum(one.breaking for one in changes)
    lines += ["", f"{len(changes)} changes, {broken} breaking", *(printable(f"refused: {one}") for one in refusals)]
    return "\n".join(lines) + "\n"


def _faces(given: argparse.Namespace) -> int:
    written = write_faces(given.folder, map(load_contract, contract_names()))
    for path in sorted(set(given.folder.glob("*.json")) - set(written)):
        remove_whole(path)
        print(printable(f"removed {path}"))
    print(printable(f"{len(written)} faces in {given.folder}"))
    return 0
