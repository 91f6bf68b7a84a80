"""Draws the picture of docs/trial.md, of a made scan whose frames are upside down: ``python docs/draw_trial.py``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from parity_suite.ptychography.datasets import load_recipe, synthesise
from parity_suite.ptychography.trial.figure import draw_trial
from parity_suite.ptychography.trial.trial import try_file

PICTURE = Path(__file__).parent / "pictures" / "trial.png"


def main() -> None:
    made = synthesise(replace(load_recipe("star128"), nphotons=1e6))
    x, y = made.positions.T
    with TemporaryDirectory() as folder:
        scan = Path(folder) / "scan.npz"
        np.savez(
            scan,
            diff3d=made.diff3d[:, ::-1],
            xcoords=x,
            ycoords=y,
            probeGuess=made.probe,
            objectGuess=made.object,
            domain=made.domain,
            nphotons=made.nphotons,
        )
        draw_trial(PICTURE, scan, try_file(scan))


if __name__ == "__main__":
    main()
