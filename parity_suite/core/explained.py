"""Names of a report that say what they mean to who looks them up."""

from __future__ import annotations

from enum import StrEnum


class ExplainedEnum(StrEnum):
    """Members are their words; what each means stands beside it."""

    means: str

    def __new__(cls, words: str, means: str = "") -> ExplainedEnum:
        made = str.__new__(cls, words)
        made._value_ = words
        made.means = means
        return made
