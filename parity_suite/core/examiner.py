"""What a pack says of a file that ``parity check`` is given, beside whether it keeps its contract."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

from parity_suite.contracts.check import Checked
from parity_suite.contracts.contents import Content, Contents, Taker
from parity_suite.contracts.limits import Limits


class OptionError(ValueError):
    """An option that files cannot be examined by; the text begins with its name."""


class Examined(Protocol):
    """What was found of one file."""

    @property
    def checked(self) -> Checked:
        """What is wrong by its contract, and by what the pack holds it to besides."""
        ...

    @property
    def refused(self) -> bool:
        """Whether it must be mended before it is used, although it keeps its contract."""
        ...

    @property
    def named(self) -> bool:
        """Whether the pack knows what it is where no contract does, so that the lines say it all."""
        ...

    def to_json(self) -> dict[str, Any]:
        """What stands in its entry beside its violations."""
        ...

    def lines(self) -> Iterable[str]:
        """For a terminal."""
        ...

    def annotations(self) -> Iterable[str]:
        """For the page of a pull request."""
        ...


class Examiner(Protocol):
    """Made for the files of one call of the command, with its options; ``OptionError`` where they do not fit."""

    def __call__(self, checked: Checked, limits: Limits) -> Examined:
        """What is found of a file that was held to its contract; ``OptionError`` where an option does not fit it."""
        ...


@runtime_checkable
class Onlooking(Protocol):
    """An examiner that sees the elements of the largest field while they are held to the contract."""

    def look(self, contents: Contents, content: Content) -> Taker | None:
        """An :data:`parity_suite.contracts.contents.Onlooker`, asked before the examiner is, of the same file."""
        ...
