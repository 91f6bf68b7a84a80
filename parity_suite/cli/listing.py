"""``parity list``: the stages, laws, cases, checks and faults that there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from parity_suite.cli.backends_given import BackendOption, PackOption, begin, checks_of
from parity_suite.cli.ending import ending

app = typer.Typer(help="List stages, laws, cases, checks and faults.", no_args_is_help=True)

Pattern = Annotated[str, typer.Argument(metavar="[PATTERN]", help="of the name, in which * stands for any text")]


def _print(heads: Sequence[str], rows: Sequence[Sequence[str]], pattern: str) -> int:
    from fnmatch import fnmatchcase

    from parity_suite.contracts.tables import text_table

    chosen = [row for row in rows if fnmatchcase(row[0], pattern)]
    for line in text_table(heads, chosen, fold=True):
        print(line)
    return int(not chosen)


@app.command("stages")
@ending
def stages(pattern: Pattern = "*", pack: PackOption = None) -> int:
    """Each stage with its arguments; its method has the stage's name."""
    from parity_suite.core.packs import BY_NAME, pack_of

    begin(pack)
    rows = [(one.name, pack_of(one.name).name, ", ".join(one.arguments), _first(one.doc)) for one in BY_NAME.values()]
    return _print(("stage", "pack", "arguments", "what it does"), rows, pattern)


@app.command("laws")
@ending
def laws(pattern: Pattern = "*", pack: PackOption = None) -> int:
    """Each law with the stages that it is asked of."""
    from parity_suite.laws.pairs import pair, pair_stages
    from parity_suite.laws.registry import all_laws

    begin(pack)
    rows = [(one.name, ", ".join(one.stages), _first(one.doc)) for one in all_laws() if one.stages]
    rows.append(("pair", ", ".join(pair_stages()), _first(pair.__doc__ or "")))
    return _print(("law", "stages", "what holds"), sorted(rows), pattern)


@app.command("cases")
@ending
def cases(pattern: Pattern = "*", pack: PackOption = None) -> int:
    """Each case with its sizes."""
    from parity_suite.cases.of_pack import cases_of
    from parity_suite.core.packs import packs

    begin(pack)
    found = {
        case.name: (case.name, one.name, case.kind, "slow" if case.slow else "")
        for one in packs()
        for selection in ("all", "batches", "lessons", "data")
        for case in cases_of(one, selection)
    }
    return _print(("case", "pack", "kind", ""), list(found.values()), pattern)


@app.command("checks")
@ending
def checks(pattern: Pattern = "*", backend: BackendOption = None, pack: PackOption = None) -> int:
    """The id of each check of some backends, as `-k`, the ledger and `parity explain` take it."""
    from fnmatch import fnmatchcase

    begin(pack)
    # In an id brackets stand for themselves.
    literal = pattern.replace("[", "[[]")
    chosen = [check.id for check in checks_of(backend) if fnmatchcase(check.id, literal)]
    for one in chosen:
        print(one)
    return int(not chosen)


@app.command("faults")
@ending
def faults(pattern: Pattern = "*", pack: PackOption = None) -> int:
    """Each fault of the gallery, with its stage and the mistake that it makes."""
    from parity_suite.faults.gallery import FAULTS

    begin(pack)
    rows = [(name, one.stage, _first(one.__doc__ or "")) for name, one in FAULTS.items()]
    return _print(("fault", "stage", "what is wrong"), rows, pattern)


def _first(doc: str) -> str:
    """The first sentence, on one line."""
    return " ".join(doc.split()).partition(". ")[0].rstrip(".")
