"""What a trial finds, as data; every text about it is a rendering of this."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from parity_suite.contracts.plain_json import plain


class TrialVerdict(StrEnum):
    """How far a scan is believed."""

    #: nothing speaks against it
    BELIEVED = "believed"
    #: something is odd, and may be right
    SUSPECT = "suspect"
    #: it contradicts itself
    REFUSED = "refused"

    @property
    def gravity(self) -> int:
        return list(TrialVerdict).index(self)


@dataclass(frozen=True)
class Reason:
    """One thing that speaks against a scan."""

    #: what it is, in one word of the table in docs/trial.md
    kind: str
    verdict: TrialVerdict
    #: one short sentence
    words: str
    #: what was measured, by name
    numbers: Mapping[str, float] = field(default_factory=dict)


#: An excess that photon noise makes of nothing, to either side.
_NOTHING: Final = 1e-4
#: What follows from other reasons, and is told after them.
_CONSEQUENCES: Final = frozenset({"excess", "power"})


def ranked(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The gravest first, and of those as grave what says most of the cause."""
    return tuple(sorted(reasons, key=lambda one: (-one.verdict.gravity, one.kind in _CONSEQUENCES)))


@dataclass(frozen=True)
class Answer:
    """Mends that together make a scan believed."""

    names: tuple[str, ...]
    words: str
    #: the excess that they leave; of a scan without an object, what the short reconstruction leaves
    leaves: float
    pixel_size: float | None = None

    @property
    def told(self) -> str:
        """The mends in words, and what they leave."""
        left = f"{self.leaves:.2g}" if self.leaves >= _NOTHING else "nothing beyond photon noise"
        return f"{self.words}: leaves {left}"

    def command(self, path: Path) -> str:
        """What writes the mended file."""
        size = () if self.pixel_size is None else ("--pixel-size", f"{self.pixel_size:.6g}")
        out = path.with_name(f"{path.stem}.mended.npz")
        return shlex.join(
            ["parity", "convert", "raw-to-raw", str(path), str(out), "--mend", ",".join(self.names), *size]
        )


@dataclass(frozen=True)
class Trial:
    """The verdict on a scan with all that speaks against it, the gravest first, and what would mend it."""

    reasons: tuple[Reason, ...] = ()
    #: each of them by itself; several where the patterns do not tell which it is
    answers: tuple[Answer, ...] = ()
    #: in the middle of the frames; None without an object
    excess: float | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    #: frames that were held against what is computed, and all
    judged: int = 0
    frames: int = 0

    @property
    def verdict(self) -> TrialVerdict:
        return max((one.verdict for one in self.reasons), key=lambda one: one.gravity, default=TrialVerdict.BELIEVED)

    @property
    def refused(self) -> bool:
        """Whether nothing may be concluded from the scan."""
        return self.verdict is TrialVerdict.REFUSED

    def in_one_line(self, path: Path) -> str:
        """The file, the verdict, the gravest reason, and the first of what would mend it."""
        mend = f"; {self.answers[0].command(path)}" if self.answers else ""
        why = f": {self.reasons[0].words}" if self.reasons else ""
        return f"{path}: {self.verdict}{why}{mend}"

    def lines(self, path: Path) -> Iterator[str]:
        """For a terminal: the verdict with its gravest reason, the others, what would mend it and the command."""
        yield from self._found(path)
        if self.judged < self.frames:
            yield f"  {self.judged} of {self.frames} frames were held against what is computed, of the rest the power"

    def _found(self, path: Path) -> Iterator[str]:
        if not self.reasons:
            told = "" if self.excess is None else f", excess {self.excess:.2g}"
            yield f"trial of {path}: believed{told}"
            return
        first, *others = self.reasons
        yield f"trial of {path}: {self.verdict}: {first.words}"
        for one in others:
            yield f"  {one.words}"
        if len(self.answers) > 1:
            yield f"  {len(self.answers)} mends fit as well as each other:"
        for answer in self.answers:
            yield f"  {answer.told}"
            yield f"  {answer.command(path)}"

    def to_json(self, path: Path) -> dict[str, Any]:
        """Plain JSON values; what is not finite as text."""
        found: dict[str, Any] = {
            "verdict": str(self.verdict),
            "excess": self.excess,
            "numbers": dict(self.numbers),
            "frames": {"judged": self.judged, "all": self.frames},
            "reasons": [
                {"kind": one.kind, "verdict": str(one.verdict), "words": one.words, "numbers": dict(one.numbers)}
                for one in self.reasons
            ],
            "mends": [
                {"names": list(one.names), "words": one.words, "leaves": one.leaves, "command": one.command(path)}
                for one in self.answers
            ],
        }
        written: dict[str, Any] = plain(found)
        return written
