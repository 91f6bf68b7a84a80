"""The options of packs in a run: the table of each in the project file, and over it what ``--parity-set`` says."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from parity_suite.core.context import RunContext
from parity_suite.core.options import options_of
from parity_suite.core.packs import packs
from parity_suite.plugin.settings import Settings


def take_options(settings: Settings, context: RunContext) -> None:
    """Gives each pack what is said to it; ``pytest.UsageError`` for what is said to none, or that one refuses."""
    said = _said(settings.sets)
    if strange := sorted(set(said) - {pack.name for pack in packs()}):
        raise pytest.UsageError(f"--parity-set: there is no pack {strange[0]}")
    for pack in packs():
        given = _over(settings.table(pack.options_table or pack.name), said.get(pack.name, {}))
        if not given:
            continue
        if not pack.options:
            raise pytest.UsageError(f"the pack {pack.name} has no options")
        try:
            options_of(context, pack).override(given)
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None


def _said(texts: Sequence[str]) -> Mapping[str, Any]:
    """The tables of packs by name, of texts ``PACK.KEY=VALUE``, of which a later one stands over an earlier."""
    found: Mapping[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        # As TOML has it, or a text without its quotation marks.
        for line in (text, f"{key}={json.dumps(value)}"):
            try:
                one = tomllib.loads(line)
                break
            except tomllib.TOMLDecodeError:
                one = {}
        if not equals or not all(isinstance(table, Mapping) for table in one.values()) or not one:
            raise pytest.UsageError(f"--parity-set: {text!r} is not of the form PACK.KEY=VALUE")
        found = _over(found, one)
    return found


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two tables as one, in which the second has its way."""
    merged = dict(below)
    for name, value in above.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
        merged[name] = _over(merged[name], value) if both else value
    return merged
