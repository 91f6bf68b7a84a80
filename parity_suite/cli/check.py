"""``parity check``: files against their contracts, and raw datasets on trial."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from parity_suite.cli.ending import bytes_of, refused
from parity_suite.contracts.check import Checked, check_file
from parity_suite.contracts.holding import printable, printable_lines
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.plain_json import json_text
from parity_suite.contracts.render import annotation, checked_as_json, render_checked
from parity_suite.contracts.violation import ContractError, Violation
from parity_suite.core.journal import unfinished

if TYPE_CHECKING:
    from parity_suite.cli.overlap import Overlap
    from parity_suite.ptychography.datasets.formats.recognise import Recognised
    from parity_suite.ptychography.trial.verdict import Trial

#: Rules that a file breaks of which no contract is known.
_NO_CONTRACT: Final = ("contract", "container", "readable")
_OVERLAP: Final = "Overlap of a raw dataset"


def _of_unfinished(path: Path) -> Checked | None:
    """What is wrong with the record of a run that did not come to its end; None for any other file."""
    if not path.is_file() or not (said := unfinished(path)):
        return None
    wanted = "a record, which is written at the end of its run"
    return Checked(path, None, (Violation("file", "unfinished", said.removeprefix(f"{path}: "), wanted),))


def check(
    files: Annotated[list[Path], typer.Argument(help="NPZ, HDF5, JSON, TOML or a folder")],
    contract: Annotated[
        str | None, typer.Option(help="its name or TOML file; without it, it is guessed from the names in FILE")
    ] = None,
    role: Annotated[
        Literal["reader", "writer"],
        typer.Option(help="a reader takes old names and defaults, a writer is held to the contract as it is"),
    ] = "reader",
    form: Annotated[
        Literal["table", "json", "github"], typer.Option("--format", help="a table, JSON, or annotations of GitHub")
    ] = "table",
    max_bytes: Annotated[
        int | None,
        typer.Option(
            parser=bytes_of,
            metavar="SIZE",
            help="refuse a file that declares more (default: 64G, and no array over 2G packed more than 20 times)",
        ),
    ] = None,
    pixel_size: Annotated[
        float | None, typer.Option(metavar="METRES", help="of the object, where the positions are in metres")
    ] = None,
    gridsize: Annotated[int, typer.Option(help="patches along a side of a group", rich_help_panel=_OVERLAP)] = 1,
    diameter: Annotated[
        float | None,
        typer.Option(help="of the disc of light in pixels (default: the probe's FWHM)", rich_help_panel=_OVERLAP),
    ] = None,
    fraction: Annotated[float, typer.Option(help="of the images that is kept", rich_help_panel=_OVERLAP)] = 1.0,
    groups: Annotated[
        int | None, typer.Option(help="number of groups (default: one for each image)", rich_help_panel=_OVERLAP)
    ] = None,
    neighbours: Annotated[
        int | None,
        typer.Option(help="candidates beside a group's seed (default: C - 1)", rich_help_panel=_OVERLAP),
    ] = None,
    oversample: Annotated[
        bool,
        typer.Option(
            "--oversample",
            help="allow more groups than images; needs gridsize > 1 and neighbours K >= C",
            rich_help_panel=_OVERLAP,
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="of what is drawn", rich_help_panel=_OVERLAP)] = 0,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="PNG", help="draw positions and discs of the one FILE", rich_help_panel=_OVERLAP),
    ] = None,
) -> int:
    """Hold files against their contracts, and scans on trial.

    Files and folders are held against their contracts, and all that is wrong is listed. Of a raw dataset the overlap of
    its scan is reported too, where patches that cannot overlap are a violation, and whether patterns, probe, positions
    and object can be true together. `parity contracts list` has the contracts. Exit code 1 if anything is wrong.
    """
    from parity_suite.cli.overlap import SettingError, overlap_of
    from parity_suite.cli.trial import trial_of

    if picture is not None and len(files) > 1:
        return refused("parity check: --picture is for one FILE")
    if picture is not None and picture.exists() and not picture.is_file():
        return refused(printable(f"parity check: --picture: {picture} is not a regular file"))
    settings = {
        "gridsize": gridsize,
        "fraction": fraction,
        "groups": groups,
        "neighbours": neighbours,
        "diameter": diameter,
        "seed": seed,
        "oversample": oversample,
    }
    limits = Limits() if max_bytes is None else Limits.stated(max_bytes)
    checked: list[Checked] = []
    overlaps: dict[Path, Overlap] = {}
    trials: dict[Path, Trial] = {}
    formats: dict[Path, Recognised] = {}
    for path in files:
        try:
            one = _of_unfinished(path) or check_file(path, contract, role=role, limits=limits)
        except (ContractError, OSError) as error:
            return refused(printable_lines(f"parity check: --contract: {error}"))
        try:
            found = overlap_of(one, settings, picture, limits) if one.ok else None
        except SettingError as error:
            return refused(printable_lines(f"parity check: --{error}"))
        if found is not None:
            one, overlaps[path] = found.checked, found
        if told := _format_of(one, limits):
            one, formats[path] = told
        checked.append(one)
        if trial := trial_of(one, limits, pixel_size):
            trials[path] = trial
    print(_rendered(checked, overlaps, trials, formats, form), end="")
    return int(not all(one.ok for one in checked) or any(one.refused for one in trials.values()))


def _format_of(checked: Checked, limits: Limits) -> tuple[Checked, Recognised] | None:
    """A file that no contract describes with its format in words; None where a contract does, or nothing tells it."""
    from parity_suite.ptychography.datasets.formats.recognise import recognised

    if checked.contract is not None or not {one.rule for one in checked.violations} & {*_NO_CONTRACT}:
        return None
    if (known := recognised(checked.path, limits)) is None:
        return None
    found = Violation("file", "contract", f"{known.words}, which no contract here describes", known.way_in)
    return replace(checked, violations=(found,)), known


def _rendered(
    checked: list[Checked],
    overlaps: dict[Path, Overlap],
    trials: dict[Path, Trial],
    formats: dict[Path, Recognised],
    form: str,
) -> str:
    if form == "json":
        return json_text(
            [_entry(one, overlaps.get(one.path), trials.get(one.path), formats.get(one.path)) for one in checked]
        )
    if form == "github":
        lines = list(filter(None, [render_checked(checked, "github")]))
        bad = {path: one for path, one in trials.items() if one.reasons}
        lines += [annotation(one.in_one_line(path), file=str(path), title="trial") for path, one in bad.items()]
    else:
        lines = list(filter(None, [render_checked([one for one in checked if one.path not in formats], "table")]))
        lines += [line for one in overlaps.values() for line in one.lines]
        lines += [printable(line) for path, one in trials.items() for line in one.lines(path)]
        lines += [printable(line) for path, one in formats.items() for line in (f"{path}: {one.words}", *one.lines())]
    return "".join(f"{line}\n" for line in lines)


def _entry(checked: Checked, overlap: Overlap | None, trial: Trial | None, known: Recognised | None) -> dict[str, Any]:
    entry = checked_as_json(checked)
    if overlap is not None:
        entry["overlap"] = overlap.facts
    if trial is not None:
        entry["trial"] = trial.to_json(checked.path)
    if known is not None:
        entry["format"] = known.to_json()
    return entry
