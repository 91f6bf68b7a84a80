"""Ptychography as a pack: it comes through the same door as a stranger's."""

from __future__ import annotations

from typing import Final

from parity_suite.core.command import Command
from parity_suite.core.pack import Pack
from parity_suite.ptychography.pipeline import AXIS_WORDS, MODEL_STAGES, STAGES

PACK: Final = Pack(
    "ptychography",
    stages=(*STAGES, *MODEL_STAGES),
    cases="parity_suite.ptychography.cases",
    oracle="parity_suite.ptychography.oracle:Oracle",
    rules="parity_suite.ptychography.rules",
    laws=("parity_suite.ptychography.laws",),
    faults=("parity_suite.ptychography.faults",),
    resources="parity_suite.ptychography",
    conventions="parity_suite.ptychography.conventions",
    # Its gallery has made them by hand, in the stages that no other fault of the kind stands for.
    any_faults=False,
    axis_words=AXIS_WORDS,
    size_words={"B": "batch", "C": "channels", "P": "modes"},
    contracts="parity_suite.ptychography.beside:contracts",
    relations="parity_suite.ptychography.relations:RELATIONS",
    chains={"forward": ("extract", "illuminate", "diffract")},
    protocol="parity_suite.ptychography.protocol",
    data="parity_suite.ptychography.data_source:Scans",
    options="parity_suite.ptychography.learning.thresholds:Thresholds",
    options_table="thresholds",
    calibrated_options="parity_suite.ptychography.learning.population:calibrated",
    numbers="parity_suite.ptychography.dumps.numbers:DUMPED",
    commands=(Command("convert", "parity_suite.ptychography.commands.convert:app", "Convert datasets."),),
    examiner="parity_suite.ptychography.commands.scan_options:scan_examiner",
)
