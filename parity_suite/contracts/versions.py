"""Documents of the suite's own that another version of it wrote: refused in one line, not by all that has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from parity_suite.contracts.check import Checked
from parity_suite.contracts.violation import ContractError, Violation

#: The field under which a document says the version of its form.
FORMAT: Final = "format"


class OtherVersion(ContractError):
    """A document of another format than this suite reads; ``mend`` is what to do about it."""

    def __init__(self, violations: Sequence[Violation], source: str = "data", mend: str = "") -> None:
        super().__init__(violations, source)
        self.mend = mend

    def __str__(self) -> str:
        (format_,) = self.violations
        return f"{self.source}: format {format_.found}; this suite reads {format_.wanted}: {self.mend}"


def require_version(checked: Checked, mend: str) -> None:
    """Raises :class:`OtherVersion` where what was checked says that it is of another format."""
    found = [one for one in checked.violations if (one.field, one.rule) == (FORMAT, "one_of")]
    if found:
        raise OtherVersion(found[:1], str(checked.path), mend)
