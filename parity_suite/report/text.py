"""Lines that a terminal of 80 columns does not break, and numbers whose noun agrees."""

from __future__ import annotations

import textwrap
from typing import Final

#: One less than a terminal has, since some break a line that fills it.
WIDTH: Final = 79


def wrapped(text: str, indent: str = "", more: str = "", at_most: int | None = None) -> list[str]:
    """The lines of a text, with ``more`` before all but the first; a long word, such as an id, stays whole."""
    wrapper = textwrap.TextWrapper(WIDTH, indent, more, max_lines=at_most, placeholder=" ...")
    wrapper.break_long_words = wrapper.break_on_hyphens = False
    return wrapper.wrap(text)


def counted(count: int, noun: str) -> str:
    """``1 check``, ``2 checks``."""
    return f"{count} {noun}{'s' * (count != 1)}"
