"""A stranger's pack, known for one test: its modules are written, found by import and forgotten afterwards."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from parity_suite.backends import returns
from parity_suite.cases import rules
from parity_suite.core import packs as registry
from parity_suite.core.packs import name_pack, packs
from parity_suite.laws import registry as laws
from parity_suite.selftest import choice


@pytest.fixture
def unnamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Writes modules of a pack, ``name=source``, or files by their paths, into a folder on the import path, and gives
    that; the pack is not made known by it.
    """
    packs()
    monkeypatch.setattr(registry, "_PACKS", dict(registry._PACKS))
    monkeypatch.setattr(laws, "LAWS", list(laws.all_laws()))
    monkeypatch.setenv("_PARITY_PACKS_OF_PARENT", "")
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def write(**modules: str) -> Path:
        for name, source in modules.items():
            path = tmp_path / (name if "." in name else f"{name}.py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        return tmp_path

    yield write
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
    # What is known of a stage by its name is of the pack that was.
    rules.rules_of.cache_clear()
    returns.returns_contract.cache_clear()
    laws._import.cache_clear()
    choice._checks.cache_clear()


@pytest.fixture
def stranger(unnamed: Callable[..., Path]) -> Callable[..., Path]:
    """Writes modules, of which the first has ``PACK``, makes it known and gives the folder."""

    def known(**modules: str) -> Path:
        place = unnamed(**modules)
        name_pack(f"{next(iter(modules))}:PACK")
        return place

    return known
