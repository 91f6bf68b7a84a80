"""``parity check``: files against their contracts, and raw datasets on trial."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from parity_suite.cli.ending import bytes_of, refused
from parity_suite.cli.examined import Examination, render
from parity_suite.contracts.holding import printable, printable_lines
from parity_suite.contracts.limits import Limits
from parity_suite.contracts.violation import ContractError

_OVERLAP: Final = "Overlap of a raw dataset"


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
    trial_picture: Annotated[
        Path | None,
        typer.Option(metavar="PNG", help="draw what the one FILE measured, beside what its probe and object give"),
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
    from parity_suite.cli.overlap import SettingError

    for option, png in (("--picture", picture), ("--trial-picture", trial_picture)):
        if png is not None and len(files) > 1:
            return refused(f"parity check: {option} is for one FILE")
        if png is not None and png.exists() and not png.is_file():
            return refused(printable(f"parity check: {option}: {png} is not a regular file"))
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
    asked = Examination(contract, role, limits, pixel_size, settings, picture, trial_picture)
    try:
        examined = [asked.of(path) for path in files]
    except SettingError as error:
        return refused(printable_lines(f"parity check: --{error}"))
    except (ContractError, OSError) as error:
        return refused(printable_lines(f"parity check: --contract: {error}"))
    print(render(examined, form), end="")
    return int(any(one.wrong for one in examined))
