"""Where the exhibits of a check go: facts into its finding, patches and pictures into the report folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parity_suite.compare.deviation import Outcome
from parity_suite.compare.exhibit import ARTIFACTS, Artifact, Fact, PatchExhibit, Picture
from parity_suite.core.check import Check
from parity_suite.core.writing import NotWritten, require_no_link


@dataclass(frozen=True)
class ArtifactWriter:
    """Without a folder nothing is drawn, and without a limit no patches are dumped."""

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
            elif isinstance(one, Picture | PatchExhibit) and os.getpid() == self.process:
                try:
                    self._show(check, one)
                except NotWritten as error:
                    self.unwritten.append(str(error))
        return outcomes

    def _show(self, check: Check, shown: Picture | PatchExhibit) -> None:
        if isinstance(shown, Picture):
            self._draw(check, shown)
        else:
            self._dump(check, shown)

    def _draw(self, check: Check, picture: Picture) -> None:
        if self.folder is not None:
            from parity_suite.ptychography.dumps import object_figure

            name = f"{picture.name}.{check.case.name}.{check.subject}.{check.device}.{check.precision}.png"
            require_no_link(self.folder / name, self.within or self.folder)
            object_figure(self.folder / name, picture.panels)

    def _dump(self, check: Check, shown: PatchExhibit) -> None:
        if self.folder is None or not self.dumps:
            return
        from parity_suite.ptychography.dumps import PatchDump

        place = self.folder / "dumps" / check.case.name / f"{check.subject}.{check.device}.{check.precision}"
        require_no_link(place / shown.kind, self.within or self.folder)
        dump = PatchDump(place, shown.kind, self.dumps)
        for start in range(0, len(shown.patches), shown.batch):
            part = slice(start, start + shown.batch)
            dump.batch(shown.patches[part], shown.positions[part])
        dump.close(shown.canvas, shown.centre)
