"""Settings of a pack for one run, by which its laws judge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity_suite.core.context import RunContext
from parity_suite.core.pack import Pack, member
from parity_suite.core.packs import pack_of


class PackOptions:
    """The base of a pack's own, of which each run has one; what is given is data as TOML has it."""

    def __init__(self) -> None:
        self.overrides: Mapping[str, Any] = {}

    def override(self, given: Mapping[str, Any]) -> None:
        """Puts these in the place of earlier ones; ValueError naming what is wrong with them."""
        self.overrides = dict(given)


def options_of(context: RunContext, pack: Pack) -> PackOptions:
    """The options of a pack in a run."""
    kind: type[PackOptions] = member(pack.options) if pack.options else PackOptions
    return context.part(kind)


def options_for(context: RunContext, stage: str) -> PackOptions:
    """The options of the pack of a stage or chain; none of what is of no pack, such as the preflight."""
    try:
        return options_of(context, pack_of(stage))
    except KeyError:
        return PackOptions()
