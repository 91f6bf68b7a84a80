"""What laws say of themselves, for the rooms that lie below them; it imports nothing, since every run imports it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from parity_suite.core.law_traits import LawTraits

_FINDERS: Final[list[Callable[[str], LawTraits]]] = []


def find_traits_by(find: Callable[[str], LawTraits]) -> None:
    """Lets ``find`` be asked by the name of a law."""
    _FINDERS[:] = [find]


def traits_said(name: str) -> LawTraits:
    """What the laws of a name say of themselves."""
    (find,) = _FINDERS
    return find(name)
