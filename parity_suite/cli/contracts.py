"""``parity contracts``: what there is, what it says, and what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from parity_suite.cli.backends_given import known_packs
from parity_suite.cli.ending import ending, refused
from parity_suite.contracts.changes import Change, Refusal, unstepped
from parity_suite.contracts.difference import all_differences
from parity_suite.contracts.holding import printable, printable_lines
from parity_suite.contracts.language import language_schema
from parity_suite.contracts.load import contract_names, load_contract
from parity_suite.contracts.page import contract_page
from parity_suite.contracts.plain_json import json_text
from parity_suite.contracts.render import annotation
from parity_suite.contracts.revisions import load_side
from parity_suite.contracts.sample_file import write_sample
from parity_suite.contracts.tables import text_table
from parity_suite.contracts.violation import ContractError
from parity_suite.core.writing import remove_whole
from parity_suite.snapshots.contract_files import write_faces

app = typer.Typer(help="List, show, sample and compare contracts.", no_args_is_help=True)


@app.callback()
def contracts() -> None:
    known_packs()


@app.command("list")
@ending
def list_all() -> int:
    """The contracts that ship with the package, and those of packs."""
    contracts = [load_contract(name) for name in contract_names()]
    rows = [(one.name, str(one.version), one.container, one.doc.splitlines()[0]) for one in contracts]
    print("\n".join(text_table(("contract", "version", "container", "what it holds"), rows, fold=True)))
    return 0


@app.command("show")
@ending
def show(
    name: Annotated[str, typer.Argument(help="a name, or a TOML file, whose mistakes are listed")],
) -> int:
    """The page of a contract."""
    try:
        print(printable_lines(contract_page(load_contract(name))))
    except (ContractError, OSError) as error:
        return refused(printable_lines(f"parity contracts: {error}"))
    return 0


@app.command("schema")
@ending
def schema() -> int:
    """The JSON Schema of what a contract may say, with the relations of packs, for an editor that completes keys."""
    print(json_text(language_schema()), end="")
    return 0


@app.command("sample")
@ending
def sample(
    name: Annotated[str, typer.Argument(help="a name, or a TOML file")],
    file: Path,
    seed: Annotated[int, typer.Option(help="of what is drawn")] = 0,
) -> int:
    """Write a valid file of a contract, for tests of your own reader."""
    if file.exists():
        return refused(printable(f"parity contracts sample: {file} is there already"))
    try:
        # Of one of anything a reader shows little, and one position is no scan.
        write_sample(file, load_contract(name), seed, least=2)
    except (ValueError, OSError) as error:
        return refused(printable_lines(f"parity contracts sample: {error}"))
    return 0


_SIDE: Final = "a TOML file, a folder, or a git revision (REV or REV:PATH)"


@app.command("diff")
@ending
def diff(
    before: Annotated[str, typer.Argument(metavar="OLD", help=_SIDE)],
    after: Annotated[str, typer.Argument(metavar="NEW", help=_SIDE)],
    form: Annotated[Literal["table", "json", "github"], typer.Option("--format")] = "table",
) -> int:
    """What changed from OLD to NEW, and whom it breaks.

    Exit code 1 where a breaking change has no version step.
    """
    try:
        old, new = (load_side(side, Path.cwd()) for side in (before, after))
    except ValueError as error:
        return refused(printable_lines(f"parity contracts diff: {error}"))
    changes = all_differences(old, new)
    refusals = unstepped(old, new, changes)
    print(_rendered(changes, refusals, form), end="")
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


@app.command("faces")
@ending
def faces(folder: Annotated[Path, typer.Argument(help="such as snapshots/contracts")]) -> int:
    """Write the snapshots of the public faces, after an approved change."""
    written = write_faces(folder, map(load_contract, contract_names()))
    for path in sorted(set(folder.glob("*.json")) - set(written)):
        remove_whole(path)
        print(printable(f"removed {path}"))
    print(printable(f"{len(written)} faces in {folder}"))
    return 0
