"""The id of a check, ``stage.law[case-subject-device-precision]``: put together and taken apart here alone.

A hyphen stands between its parts and in none of them. A subject is a backend, or two with ``+`` between them; what
follows a dot in one is an implementation of the stage, where that is not the backend's default one:
``translate.oracle[n16.g2.b5-tensorflow.gather_xla-cpu-float32]``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Final

_WORD: Final = r"[a-z0-9_]+"
_NAME: Final = r"[a-z0-9_.+]+"
_IS_NAME: Final = re.compile(_NAME)
_ID: Final = re.compile(
    rf"(?P<stage>[a-z0-9_.+]+)\.(?P<law>{_WORD})\[(?P<case>{_NAME})-(?P<subject>{_NAME})-(?P<device>{_NAME})-(?P<precision>{_WORD})\]"
)
_AT_END: Final = re.compile(rf"{_ID.pattern}$")


def require_name(what: str, name: str) -> None:
    """ValueError where a name cannot stand in an id; ``what`` it is the name of."""
    if not _IS_NAME.fullmatch(name):
        raise ValueError(f"{what} {name!r}: a name has the characters a-z 0-9 . _ + alone")


@dataclass(frozen=True)
class Side:
    """A backend, and which of its implementations of the stage; empty for the default one."""

    backend: str
    implementation: str = ""


def sides_of(subject: str) -> tuple[Side, ...]:
    """The backends of a subject: one, or the two of a pair."""
    return tuple(Side(*one.split(".", 1)) for one in subject.split("+"))


@dataclass(frozen=True)
class CheckId:
    """``str()`` is the id."""

    stage: str
    law: str
    case: str
    subject: str
    device: str
    precision: str

    def __post_init__(self) -> None:
        for part in fields(self):
            require_name(part.name, getattr(self, part.name))

    def __str__(self) -> str:
        return f"{self.stage}.{self.law}[{self.case}-{self.subject}-{self.device}-{self.precision}]"

    @property
    def sides(self) -> tuple[Side, ...]:
        return sides_of(self.subject)

    @property
    def law_of_stage(self) -> str:
        """``stage.law``."""
        return f"{self.stage}.{self.law}"

    @staticmethod
    def parse(text: str) -> CheckId:
        """ValueError where the text is not an id."""
        found = _ID.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not the id of a check, stage.law[case-subject-device-precision]")
        return CheckId(**found.groupdict())

    @staticmethod
    def within(text: str) -> CheckId | None:
        """The first id in a text, such as pytest's name of a test; None where there is none."""
        found = _ID.search(text)
        return CheckId(**found.groupdict()) if found else None

    @staticmethod
    def at_end(text: str) -> CheckId | None:
        """The id with which a text ends, as pytest's name of a test does within its brackets; None where none does."""
        found = _AT_END.search(text)
        return CheckId(**found.groupdict()) if found else None
