"""``parity convert``: raw datasets and products into each other, stacks into NHW, and scans after their mends."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    """Declares the subcommand and its own."""
    parser = commands.add_parser("convert", help="convert datasets")
    actions = parser.add_subparsers(metavar="CONVERSION", required=True)
    to_raw = _action(actions, "product-to-raw", "a product (HDF5) with its patterns into a raw dataset (NPZ)", _to_raw)
    to_raw.add_argument(
        "--positions", choices=("product", "raw_data"), help="which to take where the product disagrees with itself"
    )
    to_raw.add_argument("--diffraction", type=Path, metavar="FILE", help="the patterns, where IN does not hold them")
    to_product = _action(actions, "raw-to-product", "a raw dataset (NPZ) with its object into a product", _to_product)
    for name, help_ in _NUMBERS.items():
        to_product.add_argument(f"--{name.replace('_', '-')}", dest=name, type=float, help=help_)
    to_product.add_argument("--name", help="of the product")
    to_product.add_argument("--comments", help="of the product")
    mend = _action(actions, "raw-to-raw", "a raw dataset after the mends that its trial names", _mend)
    mend.add_argument(
        "--mend",
        required=True,
        type=lambda text: tuple(text.split(",")),
        metavar="NAME[,NAME...]",
        help="as `parity check` names them, in this order; docs/trial.md lists them all",
    )
    mend.add_argument("--pixel-size", type=float, metavar="METRES", help="of the object, for the mend pixel_size")
    nhw = _action(actions, "nhw", "a raw dataset into the axis order (M, N, N)", _nhw)
    nhw.add_argument("--stated", choices=("NHW", "HWN"), help="the order of IN, where its sizes do not tell it")


_NUMBERS = {
    "pixel_size_m": "side of a pixel of probe and object in metres",
    "detector_object_distance_m": "in metres",
    "probe_energy_eV": "of a photon in eV",
    "exposure_time_s": "of a pattern in seconds",
}


def _action(actions: Any, name: str, help_: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=help_, description=help_)
    parser.add_argument("source", type=Path, metavar="IN")
    parser.add_argument("target", type=Path, metavar="OUT")
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it is there")
    parser.set_defaults(run=lambda given: _guarded(run, given))
    return parser


def _guarded(run: Any, given: argparse.Namespace) -> int:
    from parity_suite.contracts.holding import printable_lines

    try:
        run(given)
    # ContractError is a ValueError.
    except (ValueError, OSError) as error:
        print(printable_lines(f"parity convert: {error}"), file=sys.stderr)
        return 1
    return 0


def _to_raw(given: argparse.Namespace) -> None:
    from parity_suite.ptychography.datasets import product_to_raw

    product_to_raw(
        given.source, given.target, positions=given.positions, diffraction=given.diffraction, overwrite=given.overwrite
    )


def _to_product(given: argparse.Namespace) -> None:
    from parity_suite.ptychography.datasets import raw_to_product

    numbers = {name: getattr(given, name) for name in _NUMBERS}
    texts = {"name": given.name, "comments": given.comments}
    raw_to_product(given.source, given.target, **numbers, **texts, overwrite=given.overwrite)


def _mend(given: argparse.Namespace) -> None:
    from parity_suite.ptychography.trial.mended_file import mend_raw

    mend_raw(given.source, given.target, given.mend, pixel_size_m=given.pixel_size, overwrite=given.overwrite)


def _nhw(given: argparse.Namespace) -> None:
    from parity_suite.ptychography.datasets import canonical_raw

    canonical_raw(given.source, given.target, stated=given.stated, overwrite=given.overwrite)
