"""The options that ``parity check`` has for scans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from parity_suite.contracts.holding import printable
from parity_suite.core.examiner import OptionError
from parity_suite.ptychography.commands.examination import ScanExaminer

_OVERLAP: Final = "Overlap of a raw dataset"


def scan_examiner(
    files: Sequence[Path],
    *,
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
) -> ScanExaminer:
    """Of a raw dataset the overlap of its scan is reported too, where patches that cannot overlap are a violation, and
    whether patterns, probe, positions and object can be true together.
    """
    for option, png in (("--picture", picture), ("--trial-picture", trial_picture)):
        if png is not None and len(files) > 1:
            raise OptionError(f"{option} is for one FILE")
        if png is not None and png.exists() and not png.is_file():
            raise OptionError(printable(f"{option}: {png} is not a regular file"))
    settings = {
        "gridsize": gridsize,
        "fraction": fraction,
        "groups": groups,
        "neighbours": neighbours,
        "diameter": diameter,
        "seed": seed,
        "oversample": oversample,
    }
    return ScanExaminer(pixel_size, settings, picture, trial_picture)
