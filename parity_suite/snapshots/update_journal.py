"""What an update of the snapshots leaves on disk while it runs: by that the next run knows that one was cut short."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from parity_suite.core.writing import remove_whole, update_whole, write_whole

FILE_NAME: Final = ".parity-update"


class UpdateJournal:
    """The snapshots that updates have held and not yet finished, one line each: the run and the name.

    All processes of a run share the file, which is there from the first snapshot to the end of the update.
    """

    def __init__(self, folder: Path, run: str, within: Path) -> None:
        self._path = folder / FILE_NAME
        self._run = run
        self._within = within

    @property
    def unfinished(self) -> bool:
        return self._path.is_file()

    def enter(self, name: str) -> bool:
        """Whether this run has not held a snapshot of that name before; NotWritten where that cannot be noted."""
        line = f"{self._run} {name}\n"
        new = True

        def entered(old: bytes) -> str:
            nonlocal new
            lines = old.decode("utf-8", "replace")
            new = line not in lines.splitlines(keepends=True)
            return lines + line * new

        update_whole(self._path, entered, within=self._within)
        return new

    def finish(self, *, whole: bool) -> None:
        """Takes away the lines of this run or, after an update of the whole, those of all."""
        if not self.unfinished:
            return
        lines = self._path.read_text("utf-8", "replace").splitlines(keepends=True)
        others = [] if whole else [line for line in lines if not line.startswith(f"{self._run} ")]
        if others:
            write_whole(self._path, "".join(others), within=self._within)
        else:
            remove_whole(self._path, within=self._within)
