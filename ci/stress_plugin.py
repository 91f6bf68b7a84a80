"""What a run of ci/stress.py does inside pytest: its slice of the checks, their order, the imports, torch's oneDNN.

Loaded by ``-p stress_plugin``; the configuration is the JSON in ``STRESS``.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
import zlib
from typing import Any

import pytest

FRAMEWORKS = {"torch": "parity_suite.ptychography.torch", "tensorflow": "parity_suite.ptychography.tensorflow"}
RUN: dict[str, Any] = json.loads(os.environ["STRESS"])


def slice_of(check: str, slices: int) -> int:
    """The slice that a check is in, the same on every machine."""
    return zlib.crc32(check.encode()) % slices


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    others = [item for item in items if slice_of(item.callspec.id, RUN["slices"]) != RUN["slice"]]  # type: ignore[attr-defined]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in set(others)]
    if RUN["order"] == "backward":
        items.reverse()
    elif RUN["order"] == "random":
        # Every worker of xdist must come to the same order.
        random.Random(RUN["seed"]).shuffle(items)


def pytest_collection_finish() -> None:
    if RUN["imports"] != "as needed":
        for name in RUN["imports"].split(", "):
            importlib.import_module(FRAMEWORKS[name])


def pytest_runtest_setup() -> None:
    # torch has no variable for it; where it is imported as needed, its first check still runs with oneDNN.
    torch = sys.modules.get("torch")
    if torch is not None and RUN["torch_onednn"] == "off" and hasattr(torch, "backends"):
        torch.backends.mkldnn.set_flags(False)
