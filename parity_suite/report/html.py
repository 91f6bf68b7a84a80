"""The page of a run: one file that holds all that it shows, and asks nothing of a network."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from parity_suite.contracts.holding import printable_lines
from parity_suite.core.by_convention import all_apart
from parity_suite.laws.mending import told_to_mend
from parity_suite.ledger.runs import Run
from parity_suite.report.difference import Difference
from parity_suite.report.judgement import Judgement
from parity_suite.report.outcome import State, counts_of, red_lines
from parity_suite.report.page import Album, cards, grid_of, rows_of, timing_of
from parity_suite.report.pictures import data_uri, gradient
from parity_suite.report.terminal import not_run_reasons
from parity_suite.report.text import counted

if TYPE_CHECKING:
    from jinja2 import Template

PAGE: Final = "report.html"
_TEMPLATES: Final = Path(__file__).parent / "templates"

#: Bytes of the pictures that the run drew into its folder; what is beyond is named alone.
_MOST_DRAWN: Final = 3 * 2**20
#: Entries that a list of the page shows at first; the record has all.
_LISTED: Final = 100
#: A list of more is folded.
_SHOWN_OPEN: Final = 20


@dataclass(frozen=True)
class Drawn:
    """A picture that the run itself drew; the URI is empty where there is no room for it."""

    name: str
    uri: str
    #: width and height in pixels
    size: tuple[int, int]


def render_page(
    run: Run, folder: Path, start: Path, found: Difference | None = None, gate: Judgement | None = None
) -> str:
    """The page of the record in ``folder``, whose failures lie where it says, seen from ``start``, or beside it; with
    the difference that was ``found`` to a base, and what the ``gate`` said.
    """
    mends = told_to_mend(run.findings)
    album = Album(start, folder)
    script, style = (_TEMPLATES.joinpath(name).read_text("utf-8") for name in ("report.js", "report.css"))
    return _template().render(
        run=run,
        red=gate.red if gate else red_lines(run, mends),
        gate=gate,
        counts=counts_of(run.findings),
        cards=cards(mends, run.findings, album),
        album=album,
        difference=found,
        grid=grid_of(run.findings),
        rows=rows_of(run.findings, mends),
        reasons=not_run_reasons(run.findings),
        conventions=all_apart(run.findings),
        timing=timing_of(run.findings),
        drawn=list(_drawn(folder)),
        script=script,
        script_digest=b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        style=style,
    )


def _drawn(folder: Path) -> Iterator[Drawn]:
    """The pictures that lie in the folder of the report, in the order of their names, as far as there is room."""
    room = _MOST_DRAWN
    for path in sorted(folder.glob("*.png")):
        # A folder that came from elsewhere shows nothing of what is here.
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes() if path.stat().st_size <= room else b""
        room -= len(content)
        # As the first part of every PNG has them.
        width, height = (int.from_bytes(content[start : start + 4]) for start in (16, 20))
        yield Drawn(path.name, data_uri(content) if content else "", (width, height))


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters |= {"counted": counted, "gradient": cache(gradient)}
    environment.globals |= {"State": State, "listed": _LISTED, "shown_open": _SHOWN_OPEN}
    return environment.get_template("report.html.j2")


def _printable(value: Any) -> Any:
    """A text without control characters; what is markup is the template's own."""
    return printable_lines(value) if type(value) is str else value
