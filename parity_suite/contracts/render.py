"""Violations and changes as a table, as JSON, and as annotations of a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from parity_suite.contracts.check import Checked
from parity_suite.contracts.holding import printable
from parity_suite.contracts.tables import text_table
from parity_suite.contracts.violation import count_of

FORMS: Final = ("table", "json", "github")


def render_checked(checked: Sequence[Checked], form: Literal["table", "github"]) -> str:
    """All violations of all files; in the table a file without any is one line."""
    if form == "github":
        lines = [
            annotation(str(violation), file=str(one.path), title=f"{contract_title(one)}: {violation.rule}")
            for one in checked
            for violation in one.violations
        ]
        return "\n".join(lines)
    return "\n".join(_table(one) for one in checked)


def contract_title(checked: Checked) -> str:
    """Name and version of the contract, such as ``raw 3``."""
    return f"{checked.contract.name} {checked.contract.version}" if checked.contract else "no contract"


def annotation(message: str, **properties: str) -> str:
    """One line of GitHub's workflow commands, printable; https://docs.github.com/actions, workflow commands."""
    listed = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items())
    return f"::error {listed}::{_escaped(message)}"


def _escaped(text: str, also: str = "") -> str:
    text = printable(text).replace("%", "%25")
    for sign in also:
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


def checked_as_json(checked: Checked) -> dict[str, Any]:
    """A file and its violations as plain values."""
    known = checked.contract
    return {
        "file": str(checked.path),
        "contract": None if known is None else {"name": known.name, "version": known.version},
        "ok": checked.ok,
        # One with ``times`` above 1 stands for those of its kind that are not listed.
        "violations": [vars(violation) for violation in checked.violations],
    }


def _table(checked: Checked) -> str:
    count = count_of(checked.violations)
    if not count:
        return f"{printable(str(checked.path))}: keeps {contract_title(checked)}"
    of = f" of {contract_title(checked)}" if checked.contract else ""
    head = f"{printable(str(checked.path))}: {count} violation{'' if count == 1 else 's'}{of}"
    rows = [(one.field, one.rule, one.where, one.found, one.wanted) for one in checked.violations]
    return "\n".join([head, *text_table(("field", "rule", "where", "found", "wanted"), rows, fold=True)])
