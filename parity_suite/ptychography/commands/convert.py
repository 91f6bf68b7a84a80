"""``parity convert``: raw datasets and products into each other, stacks into NHW, and scans after their mends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from parity_suite.cli.ending import FOUND

if TYPE_CHECKING:
    from parity_suite.contracts.limits import Limits
    from parity_suite.ptychography.datasets.formats.foreign_scan import ForeignScan

app = typer.Typer(help="Convert datasets.", no_args_is_help=True)

Source = Annotated[Path, typer.Argument(metavar="IN", show_default=False)]
Target = Annotated[Path, typer.Argument(metavar="OUT", show_default=False)]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="replace OUT if it is there")]


@contextmanager
def _guarded() -> Iterator[None]:
    from parity_suite.contracts.holding import printable_lines

    try:
        yield
    # ContractError is a ValueError.
    except (ValueError, OSError) as error:
        print(printable_lines(f"parity convert: {error}"), file=sys.stderr)
        raise typer.Exit(FOUND) from None


def _from_foreign(
    opened: Callable[[Path, Limits], ForeignScan],
    source: Path,
    target: Path,
    overwrite: bool,
    size: int | None,
    pixel_size: float | None,
    probe: Path | None,
    guess_probe: bool,
) -> None:
    """Writes the raw dataset of another program's scan, and says what became of it."""
    from parity_suite.contracts.holding import printable
    from parity_suite.contracts.limits import Limits
    from parity_suite.ptychography.datasets.formats.raw_writer import Choices, write_raw

    with _guarded():
        if not source.is_file():
            raise FileNotFoundError(f"{source}: no such file")
        scan = opened(source, Limits())
        for line in write_raw(scan, target, Choices(size, pixel_size, probe, guess_probe), overwrite=overwrite):
            print(printable(line))


@app.command("product-to-raw")
def product_to_raw(
    source: Source,
    target: Target,
    overwrite: Overwrite = False,
    positions: Annotated[
        Literal["product", "raw_data"] | None,
        typer.Option(help="which to take where the product has both"),
    ] = None,
    diffraction: Annotated[
        Path | None, typer.Option(metavar="FILE", help="the patterns, where IN does not hold them")
    ] = None,
) -> None:
    """A product (HDF5) with its patterns into a raw dataset (NPZ)."""
    from parity_suite.ptychography.datasets import product_to_raw

    with _guarded():
        product_to_raw(source, target, positions=positions, diffraction=diffraction, overwrite=overwrite)


@app.command("raw-to-product")
def raw_to_product(
    source: Source,
    target: Target,
    overwrite: Overwrite = False,
    pixel_size_m: Annotated[float | None, typer.Option(help="side of a pixel of probe and object in metres")] = None,
    detector_object_distance_m: Annotated[float | None, typer.Option(help="in metres")] = None,
    probe_energy: Annotated[float | None, typer.Option("--probe-energy-eV", help="of a photon in eV")] = None,
    exposure_time_s: Annotated[float | None, typer.Option(help="of a pattern in seconds")] = None,
    name: Annotated[str | None, typer.Option(help="of the product")] = None,
    comments: Annotated[str | None, typer.Option(help="of the product")] = None,
) -> None:
    """A raw dataset (NPZ) with its object into a product."""
    from parity_suite.ptychography.datasets import raw_to_product

    with _guarded():
        raw_to_product(
            source,
            target,
            pixel_size_m=pixel_size_m,
            detector_object_distance_m=detector_object_distance_m,
            probe_energy_eV=probe_energy,
            exposure_time_s=exposure_time_s,
            name=name,
            comments=comments,
            overwrite=overwrite,
        )


Size = Annotated[int | None, typer.Option(metavar="N", help="take the middle N x N pixels of each pattern")]
PixelSize = Annotated[
    float | None, typer.Option(metavar="METRES", help="of the object, where IN does not tell (default: what IN tells)")
]
ProbeFile = Annotated[
    Path | None, typer.Option("--probe", metavar="FILE", help="NPZ or HDF5 with probeGuess or probe, to take it from")
]
GuessProbe = Annotated[
    bool, typer.Option("--guess-probe", help="where there is no probe: the focus of the mean pattern, without a phase")
]


#: By module of the formats, whose ``open_...`` opens such a file.
_FOREIGN: Final = {
    "cxi": "A CXI or NXcxi_ptycho file (HDF5) into a raw dataset (NPZ).",
    "ptyd": "A ptypy .ptyd file (HDF5) into a raw dataset (NPZ).",
    "emd": "A 4D-STEM scan in an EMD file (HDF5) into a raw dataset (NPZ).",
    "tike": "The arrays data, scan and probe of tike (NPZ) into a raw dataset (NPZ).",
}


def _add_foreign(name: str, words: str) -> None:
    @app.command(f"{name}-to-raw", help=words)
    def to_raw(
        source: Source,
        target: Target,
        overwrite: Overwrite = False,
        size: Size = None,
        pixel_size: PixelSize = None,
        probe: ProbeFile = None,
        guess_probe: GuessProbe = False,
    ) -> None:
        module = import_module(f"parity_suite.ptychography.datasets.formats.{name}")
        _from_foreign(getattr(module, f"open_{name}"), source, target, overwrite, size, pixel_size, probe, guess_probe)


for _name, _words in _FOREIGN.items():
    _add_foreign(_name, _words)


@app.command("mat-to-raw")
def mat_to_raw(
    source: Source,
    target: Target,
    patterns: Annotated[str, typer.Option(metavar="NAME", help="the variable with photon counts (H, W, M)")],
    positions: Annotated[str, typer.Option(metavar="NAME", help="the variable with [x, y] (M, 2)")],
    unit: Annotated[Literal["metres", "pixels"], typer.Option(help="of the positions")] = "metres",
    probe_name: Annotated[
        str | None, typer.Option(metavar="NAME", help="the variable with the probe (N, N) or (N, N, P), of MATLAB 5")
    ] = None,
    overwrite: Overwrite = False,
    size: Size = None,
    pixel_size: PixelSize = None,
    probe: ProbeFile = None,
    guess_probe: GuessProbe = False,
) -> None:
    """Variables of a MATLAB file (5 or 7.3) into a raw dataset (NPZ)."""
    from parity_suite.ptychography.datasets.formats.mat import Variables, open_mat

    opened = partial(open_mat, variables=Variables(patterns, positions, probe_name, unit == "metres"))
    _from_foreign(opened, source, target, overwrite, size, pixel_size, probe, guess_probe)


@app.command("raw-to-cxi")
def raw_to_cxi(
    source: Source,
    target: Target,
    overwrite: Overwrite = False,
    pixel_size: Annotated[
        float | None, typer.Option(metavar="METRES", help="of the object (default: what IN carries)")
    ] = None,
    detector_object_distance_m: Annotated[float | None, typer.Option(help="in metres")] = None,
    probe_energy: Annotated[float | None, typer.Option("--probe-energy-eV", help="of a photon in eV")] = None,
) -> None:
    """A raw dataset (NPZ) into a CXI file."""
    from parity_suite.contracts.holding import printable
    from parity_suite.ptychography.datasets.formats.cxi_writer import CxiGeometry, raw_to_cxi

    with _guarded():
        geometry = CxiGeometry(pixel_size, detector_object_distance_m, probe_energy)
        for line in raw_to_cxi(source, target, geometry, overwrite=overwrite):
            print(printable(line))


@app.command("raw-to-raw")
def raw_to_raw(
    source: Source,
    target: Target,
    mend: Annotated[
        str,
        typer.Option(
            metavar="NAME[,NAME...]", help="as `parity check` names them, in this order; docs/trial.md lists them all"
        ),
    ],
    overwrite: Overwrite = False,
    pixel_size: Annotated[
        float | None, typer.Option(metavar="METRES", help="of the object, for the mend pixel_size")
    ] = None,
) -> None:
    """A raw dataset after the mends that its trial names."""
    from parity_suite.ptychography.trial.mended_file import mend_raw

    with _guarded():
        mend_raw(source, target, tuple(mend.split(",")), pixel_size_m=pixel_size, overwrite=overwrite)


@app.command("nhw")
def nhw(
    source: Source,
    target: Target,
    overwrite: Overwrite = False,
    stated: Annotated[
        Literal["NHW", "HWN"] | None, typer.Option(help="the order of IN, where its sizes do not tell it")
    ] = None,
) -> None:
    """A raw dataset into the axis order (M, N, N)."""
    from parity_suite.ptychography.datasets import canonical_raw

    with _guarded():
        canonical_raw(source, target, stated=stated, overwrite=overwrite)
