"""Where the exhibits of a check go: facts into its finding, pictures and dumps into the report folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parity_suite.compare.deviation import Outcome
from parity_suite.compare.exhibit import ARTIFACTS, Artifact, Dump, Fact, Picture
from parity_suite.core.check import Check
from parity_suite.core.writing import NotWritten, require_no_link


@dataclass(frozen=True)
class ArtifactWriter:
    """Without a folder nothing is drawn, and without a limit nothing is dumped."""

    folder: Path | None = None
    dumps: int = 0
    #: no link is followed below it; the folder itself unless said
    within: Path | None = None
    #: what could not be written, with the reason: that is no news of a check
    unwritten: list[str] = field(default_factory=list)
    #: the process of the run: a fork that comes back into it draws nothing over what it drew
    process: int = field(default_factory=os.getpid)

    def take(self, check: Check, given: Iterable[Outcome | Artifact], facts: dict[str, Any]) -> list[Outcome]:
        """The outcomes alone; the exhibits among them are put where they belong."""
        outcomes: list[Outcome] = []
        for one in given:
            if not isinstance(one, ARTIFACTS):
                outcomes.append(one)
            elif isinstance(one, Fact):
                facts[one.name] = one.value
            elif isinstance(one, Picture | Dump) and os.getpid() == self.process:
                try:
                    self._show(check, one)
                except NotWritten as error:
                    self.unwritten.append(str(error))
        return outcomes

    def _show(self, check: Check, shown: Picture | Dump) -> None:
        if isinstance(shown, Picture):
            self._draw(check, shown)
        else:
            self._record(check, shown)

    def _draw(self, check: Check, picture: Picture) -> None:
        if self.folder is not None:
            name = f"{picture.name}.{check.case.name}.{check.subject}.{check.device}.{check.precision}.png"
            require_no_link(self.folder / name, self.within or self.folder)
            picture.draw(self.folder / name)

    def _record(self, check: Check, dump: Dump) -> None:
        if self.folder is not None and self.dumps:
            place = self.folder / "dumps" / check.case.name / f"{check.subject}.{check.device}.{check.precision}"
            require_no_link(place / dump.kind, self.within or self.folder)
            dump.write(place, self.dumps)
