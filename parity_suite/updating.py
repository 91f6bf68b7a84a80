"""What an update of the snapshots leaves on disk while it runs: by that the next run knows that one was cut short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parity_suite.writing import remove_whole, update_whole, write_whole

if TYPE_CHECKING:
    from parity_suite.session import ParitySession

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


def orphans(session: ParitySession) -> list[str]:
    """The stored baselines that no test holds any more; none where some tests of this run did not come so far."""
    if session.partial or not session.unlisted_tests <= session.found:
        return []
    known = {f"{one.stage}.{one.case}.{one.subject}" for one in session.findings if one.law == "baseline"}
    known |= set(_of_checks(session.collected))
    stored = {path.stem for path in (session.settings.snapshots / "baselines").glob("*.json")}
    return sorted(stored - known) if known or session.listed_before() else []


def _of_checks(checks: set[str]) -> Iterator[str]:
    for check in checks:
        stage, _, rest = check.partition(".baseline[")
        if rest:
            case, subject, *_ = rest.rsplit("-", 3)
            yield f"{stage}.{case}.{subject}"


def remove_orphans(session: ParitySession) -> list[str]:
    """Takes their files away, and gives their names."""
    gone, settings = orphans(session), session.settings
    for name in gone:
        remove_whole(settings.snapshots / "baselines" / f"{name}.json", within=settings.within("snapshots"))
    return gone
