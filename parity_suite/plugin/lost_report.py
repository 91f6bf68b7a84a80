"""What a run says of what it lost, and what an update makes of the list of ids."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from parity_suite.contracts.holding import printable
from parity_suite.core.id_list import IdList, update_list
from parity_suite.core.writing import write_whole
from parity_suite.plugin.session import ParitySession
from parity_suite.report.text import counted
from parity_suite.snapshots.lost import Loss, loss_errors, lost_lines


def write_list(session: ParitySession, removed: Sequence[str]) -> None:
    """Adds to the list what this run has and what ran in it, and takes out what it lost where that is accepted, the
    baselines that are to be ``removed`` among it.

    What this machine could not ask stays as it was. A list that is torn is written anew where that is accepted.
    """
    seen, accepting = session.seen, session.settings.accepts_loss

    def updated(before: IdList) -> IdList:
        lost = tuple(seen.losses(before)) if accepting else ()
        ids = seen.listed | (before.ids - {loss.id for loss in lost if loss.cause is None})
        ran = (seen.ran | (before.ran - {loss.id for loss in lost})) & ids
        return IdList(frozenset(ids), ran, accepted=(*before.accepted, *_accepted(session, lost, removed)))

    within = session.settings.within("snapshots")
    if not session.lost.torn:
        update_list(session.list_path, updated, within=within)
    elif accepting:
        write_whole(session.list_path, updated(IdList()).render(), within=within)


def _accepted(session: ParitySession, lost: tuple[Loss, ...], removed: Sequence[str]) -> Iterator[str]:
    """The line of the list for what an update accepts; none where nothing is lost."""
    if session.settings.accepts_loss and (lost or removed or session.lost.torn):
        gone = [f"baselines: {len(removed)} gone: {', '.join(removed)}"] if removed else []
        what = "; ".join([*lost_lines(lost), *gone]).replace("lost of ", "") or "the list, which was torn"
        yield printable(f"{datetime.now(UTC).date()}, since {session.settings.reason}: {what}")


def lost_complaints(session: ParitySession) -> Iterator[str]:
    """What is red for what was lost, unless this run accepts it."""
    if not session.settings.accepts_loss:
        yield from loss_errors(session.lost, session.list_path)


def accepted_lines(session: ParitySession) -> Iterator[str]:
    """What an update accepted as lost, a line a stage."""
    if session.settings.accepts_loss and session.lost:
        yield f"snapshots: accepted as lost, since {printable(session.settings.reason)}"
        if session.lost.torn:
            yield f"  {session.list_path.name} was torn, and did not say what was lost ({session.lost.torn})"
        yield from (f"  {line}" for line in lost_lines(session.lost.losses))


def made_lines(session: ParitySession) -> Iterator[str]:
    """One line where an update made the list of ids, which there was not."""
    if session.lost.before is None and session.list_path.is_file() and session.listed:
        where = os.path.relpath(session.list_path, session.config.invocation_params.dir)
        ran = len(session.seen.ran & session.listed)
        yield f"snapshots: {where} made, of {counted(len(session.listed), 'check')}, of which {ran} ran"


def hint_lines(session: ParitySession) -> Iterator[str]:
    """One line where nothing would tell that a check is lost."""
    if session.settings.update_snapshots or session.lost.torn or not (session.listed or session.unlisted_tests):
        return
    before, name = session.lost.before, session.list_path.name
    if before is not None and before.accepted:
        more = f", and {len(before.accepted) - 1} times before" if len(before.accepted) > 1 else ""
        yield f"snapshots: accepted as lost {before.accepted[-1]}{more} ({name})"
    if before is None:
        yield f"hint: without {name} lost checks are not seen; a whole run with --update-snapshots makes it"
    elif not before.tells:
        yield f"hint: {name} does not say what ran; --update-snapshots adds it"
