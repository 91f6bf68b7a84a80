"""What a backend's methods may be called beside its stages, as the protocols of the engine and of packs say it."""

from __future__ import annotations

from importlib import import_module

from parity_suite.backends import api
from parity_suite.core.packs import packs


def other_methods() -> set[str]:
    """The public names of all protocols."""
    modules = (api, *(import_module(pack.protocol) for pack in packs() if pack.protocol))
    protocols = (one for module in modules for one in vars(module).values() if getattr(one, "_is_protocol", False))
    return {name for one in protocols for name in vars(one) if name[0] != "_"}
