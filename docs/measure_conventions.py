"""Writes the table of ``conventions.md``, measured here and now: ``python docs/measure_conventions.py``.

Takes about 70 s of one core. ``--print`` prints the table and leaves the page as it is.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Before TensorFlow is imported: it talks on the way in.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from measuring.data_rows import ROWS as DATA
from measuring.lesson16 import baseline, effect, tensorflow
from measuring.network_rows import ROWS as NETWORK
from measuring.objective_rows import ROWS as OBJECTIVE
from measuring.optimiser_rows import ROWS as OPTIMISER
from measuring.page import table, write_measured
from measuring.row import Convention

PAGE = Path(__file__).parent / "conventions.md"
CHAPTERS: dict[str, tuple[Convention, ...]] = {
    "Network": NETWORK,
    "Forward model, loss and statistics": OBJECTIVE,
    "Optimiser and what it moves": OPTIMISER,
    "Data and arithmetic": DATA,
}
HEAD = ("convention", "rule", "torch", "TensorFlow, Keras", "consequence", "seen by")


def measured() -> str:
    """The tables, and before them what two right backends differ by."""
    parts = [_nothing_wrong()]
    for title, rows in CHAPTERS.items():
        parts += [f"## {title}", table(HEAD, map(_cells, rows))]
    return "\n\n".join(parts)


def _nothing_wrong() -> str:
    lines = (f"- {p}: {effect(tensorflow(p), baseline(p))}" for p in ("float64", "float32"))
    return "\n".join(["Nothing wrong, TensorFlow against torch:", "", *lines])


def _cells(row: Convention) -> tuple[str, ...]:
    found = row.measure()
    return f"**{row.name}**", row.rule, row.torch, row.tensorflow, found.consequence, found.seen_by


if __name__ == "__main__":
    # Of a gradient through the cast of a real number to a complex one, which is meant.
    tf.get_logger().setLevel("ERROR")
    text = measured()
    print(text) if "--print" in sys.argv else write_measured(PAGE, text)
