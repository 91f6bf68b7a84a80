"""Anchors: statistics of what the oracle makes of the fixtures, one JSON file for each stage, law and case.

No backend, device or precision stands in a name: every one is held to the same file. They are written only in this
repository.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from parity_suite.compare.statistics import difference, statistics
from parity_suite.contracts.plain_json import json_text
from parity_suite.contracts.resources import resource_folder
from parity_suite.contracts.written import assert_conforms
from parity_suite.core.packs import BY_NAME

#: Shorter square axes are a layout, not an image.
_SMALLEST_IMAGE: Final = 8

#: Outputs by label, each with its shape and its numbers by name.
Content = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Approval:
    """What stands in a file beside its numbers: what one may change by, and why they last changed."""

    #: None in a file that no update has written since budgets are kept
    budget: float | None = None
    #: empty where none was given
    reason: str = ""
    #: when it was given, ISO 8601; by it the same words said twice are two reasons
    time: str = ""

    def is_newer_than(self, other: Approval) -> bool:
        """Whether its reason was given after that of the other one."""
        return (self.reason, self.time) != (other.reason, other.time)

    def narrower_than(self, budget: float) -> bool:
        """Whether it allows less than another budget."""
        return self.budget is not None and budget > self.budget

    def to_json(self) -> dict[str, Any]:
        reason = {"reason": {"text": self.reason, "time": self.time}} if self.reason else {}
        return reason if self.budget is None else {"budget": self.budget, **reason}


@dataclass(frozen=True)
class Change:
    """One stored number that an update replaces; ``budgets`` is the change as a multiple of the allowed error."""

    file: str
    number: str
    old: float | None
    new: float | None
    budgets: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"budgets": str(self.budgets)}

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Change:
        return Change(**{**raw, "budgets": float(raw["budgets"])})


def anchor_folder() -> Path:
    return resource_folder("snapshots") / "anchors"


def anchor_name(stage: str, case: str) -> str:
    """The name of the file, without its ending."""
    return f"{stage}.snapshot.{case}"


def read_anchor(stage: str, case: str) -> Content | None:
    """The stored content, None where there is none."""
    path = anchor_folder() / f"{anchor_name(stage, case)}.json"
    return parse(path.read_text("utf-8")) if path.is_file() else None


def parse(text: str) -> Content:
    """The content of a file's text."""
    content: Content = json.loads(text)["outputs"]
    return content


def parse_approval(text: str) -> Approval:
    """What stands beside the numbers in a file's text."""
    document = json.loads(text)
    reason = document.get("reason", {})
    return Approval(document.get("budget"), reason.get("text", ""), reason.get("time", ""))


def render(name: str, content: Content, approval: Approval = Approval()) -> str:
    """The text of a file: keys in order, one number a line, so that a diff shows what changed.

    ContractError where it breaks the contract of anchors.
    """
    document = {"name": name, "outputs": content, **approval.to_json()}
    assert_conforms(document, "anchor")
    return json_text(document, sort_keys=True)


def describe(stage: str, results: Mapping[str, Mapping[str, Any]]) -> Content:
    """The statistics of all numeric outputs that there are, for results by variant."""
    content: Content = {}
    for variant, outputs in results.items():
        for field in BY_NAME[stage].outputs:
            if field.kind != "text" and field.name in outputs:
                content[f"{field.name} ({variant})"] = describe_array(outputs[field.name])
    return content


def describe_array(value: Any) -> dict[str, Any]:
    """The shape of an array or scalar and its statistics."""
    shape = list(getattr(value, "shape", ()))
    return {"shape": shape, "numbers": statistics(value, *_spatial_axes(value))}


def _spatial_axes(value: Any) -> tuple[int, int] | tuple[None, None]:
    """Rows and columns: two neighbouring axes, as long as each other where there are such, else the longest."""
    shape = getattr(value, "shape", ())
    if len(shape) < 2:
        return (None, None)
    first = max(
        range(len(shape) - 1), key=lambda k: (shape[k] == shape[k + 1] >= _SMALLEST_IMAGE, shape[k] * shape[k + 1])
    )
    return (first, first + 1)


def changes(name: str, old: Content | None, new: Content, allowed: float) -> list[Change]:
    """Every number that is new, gone, or further from the stored one than ``allowed``."""
    return [
        Change(name, number, was, now, gap / allowed if allowed else math.inf)
        for number, was, now, gap in gaps(old or {}, new)
        if gap > allowed
    ]


def gaps(old: Content, new: Content) -> Iterator[tuple[str, float | None, float | None, float]]:
    """Every number with its old and new value and how far they lie apart, infinitely where one is absent."""
    before, after = _numbers(old), _numbers(new)
    for number, (label, name) in sorted((" ".join(key), key) for key in before | after):
        was, now = before.get((label, name)), after.get((label, name))
        gap = math.inf
        if was is not None and now is not None:
            gap = difference(name, now, was)
        yield number, was, now, gap


def merged(old: Content | None, new: Content, changed: list[Change]) -> Content:
    """The new content with every number that is within budget left as it was stored."""
    moved = {change.number for change in changed}
    out: Content = {}
    for label, entry in new.items():
        stored = (old or {}).get(label, {}).get("numbers", {})
        numbers = {
            name: value if f"{label} {name}" in moved else stored.get(name, value)
            for name, value in entry["numbers"].items()
        }
        out[label] = {**entry, "numbers": numbers}
    return out


def _numbers(content: Content) -> dict[tuple[str, str], float]:
    """Every number by its label and its own name."""
    out: dict[tuple[str, str], float] = {}
    for label, entry in content.items():
        out |= {(label, name): value for name, value in entry["numbers"].items()}
        out |= {(label, f"shape.{axis}"): float(size) for axis, size in enumerate(entry["shape"])}
    return out
