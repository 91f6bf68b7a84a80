"""Patterns of ids, in which ``*`` stands for any text and all else for itself."""

from __future__ import annotations


def matches(pattern: str, text: str) -> bool:
    """Whether a text is that of a pattern, in time that grows with their lengths and not with the number of ``*``."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    last = rest.pop()
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in rest:
        # The leftmost place leaves the most for what follows.
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
