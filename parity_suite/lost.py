"""What ran before and does not now: the stored list of ids held against what a run collected and found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parity_suite.check_id import CheckId
from parity_suite.compare.cause import Cause

from parity_suite.id_list import IdList, TornList, of_test, read_list, update_list
from parity_suite.writing import write_whole

if TYPE_CHECKING:
    from parity_suite.compare.finding import Finding
    from parity_suite.session import ParitySession

#: With these a check that ran before is lost.
_LOST: Final = frozenset({Cause.NOT_PROVIDED, Cause.OUTSIDE_CAPABILITY, Cause.UNASKED, Cause.NO_BASELINE})
#: With these it is not, unless what another machine has is required: the field of a finding that names it.
_ELSEWHERE: Final = {
    Cause.NO_DEVICE: "device",
    Cause.MISSING_DATA: "dataset",
    Cause.BASELINE_OF_ANOTHER_RUN: "device",
}

#: The ids that a line names.
_SHOWN: Final = 5


@dataclass(frozen=True)
class Loss:
    """An id that was listed and is gone, where there is no cause, or that ran before and does not now."""

    id: str
    cause: Cause | None = None

    @property
    def group(self) -> str:
        return "tests with baselines" if of_test(self.id) else CheckId.parse(self.id).stage

    @property
    def words(self) -> str:
        return self.cause.words if self.cause else "gone"


@dataclass(frozen=True)
class Lost:
    """What a run lost, by the list as it was ``before``; ``torn`` is why it cannot tell, where that is not whole."""

    before: IdList | None = None
    losses: tuple[Loss, ...] = ()
    torn: str = ""

    def __bool__(self) -> bool:
        return bool(self.losses or self.torn)


class Seen:
    """What a run says of each id: that it was collected, that it ran, or why it did not."""

    def __init__(self, session: ParitySession) -> None:
        tests = {_printable(test): test for test in session.unlisted_tests}
        self.listed = session.listed | set(tests)
        self._collected = session.collected | set(tests)
        #: None where a run answers for all that is listed; else whose checks it has
        self._subjects = {CheckId.parse(one).subject for one in session.collected} if session.partial else None
        self._require = session.settings.require
        # With another implementation than the backend's own, for one run, other checks apply.
        self._chosen = set(session.settings.translations) if "translation" in session.settings.typed else set[str]()
        self._found: dict[str, list[Finding]] = {name: session.findings_of(test) for name, test in tests.items()}
        for finding in session.findings:
            if finding.check in session.collected:
                self._found.setdefault(finding.check, []).append(finding)
        self._failed = session.failed
        self._skipped = {name for name, test in tests.items() if test in session.skipped}

    @property
    def ran(self) -> frozenset[str]:
        return frozenset(one for one, findings in self._found.items() if any(finding.ran for finding in findings))

    def losses(self, before: IdList) -> Iterator[Loss]:
        """In the order of the ids."""
        for one in sorted(before.ids):
            if one not in self._collected:
                if self._subjects is None or (not of_test(one) and CheckId.parse(one).subject in self._subjects):
                    yield Loss(one)
            elif one in before.ran and (cause := self._cause(one)):
                yield Loss(one, cause)

    def _cause(self, listed: str) -> Cause | None:
        """Why an id is lost; None where it ran, failed or was not selected, or where that is another machine's."""
        findings = self._found.get(listed, ())
        if listed in self._failed or any(finding.ran for finding in findings):
            return None
        if not findings:
            return Cause.UNASKED if listed in self._skipped else None
        return next((finding.cause for finding in findings if self._loses(finding)), None)

    def _loses(self, finding: Finding) -> bool:
        if finding.cause in _ELSEWHERE:
            return getattr(finding, _ELSEWHERE[finding.cause]) in self._require
        return finding.cause in _LOST and self._chosen.isdisjoint(finding.backends)


def _printable(text: str) -> str:
    # Not before there is a text: what is imported here imports NumPy, and a run of other tests has none.
    from parity_suite.contracts.holding import printable

    return printable(text)


def lost_of(session: ParitySession) -> Lost:
    """What a run lost, by the list as it is now."""
    try:
        before = read_list(session.list_path)
    except TornList as torn:
        concerned = session.collected or session.unlisted_tests or not session.partial
        return Lost(torn=str(torn) if concerned else "")
    return Lost(before, tuple(Seen(session).losses(before)) if before else ())


def write_list(session: ParitySession) -> None:
    """Adds to the list what this run has and what ran in it, and takes out what it lost where that is accepted.

    What this machine could not ask stays as it was. A list that is torn is written anew where that is accepted.
    """
    seen, accepting = Seen(session), session.settings.accepts_loss

    def updated(before: IdList) -> IdList:
        lost = tuple(seen.losses(before)) if accepting else ()
        ids = seen.listed | (before.ids - {loss.id for loss in lost if loss.cause is None})
        return IdList(frozenset(ids), (seen.ran | (before.ran - {loss.id for loss in lost})) & ids)

    within = session.settings.within("snapshots")
    if not session.lost.torn:
        update_list(session.list_path, updated, within=within)
    elif accepting:
        write_whole(session.list_path, updated(IdList()).render(), within=within)


def lost_lines(losses: Sequence[Loss]) -> Iterator[str]:
    """A line a stage."""
    groups: dict[str, list[Loss]] = {}
    for loss in losses:
        groups.setdefault(loss.group, []).append(loss)
    for group, those in sorted(groups.items()):
        counts = ", ".join(f"{count} {words}" for words, count in sorted(Counter(loss.words for loss in those).items()))
        named = ", ".join(loss.id for loss in those[:_SHOWN]) + (", ..." if len(those) > _SHOWN else "")
        yield f"lost of {group}: {counts}: {named}"


def lost_complaints(session: ParitySession) -> Iterator[str]:
    """What is red for what was lost, unless this run accepts it."""
    lost, name = session.lost, session.list_path.name
    if session.settings.accepts_loss or not lost:
        return
    if lost.torn:
        mend = "take it back from version control, or write it anew with --update-snapshots --reason TEXT"
        yield f"{name} is torn, so nothing says what was lost ({lost.torn}); {mend}: {session.list_path}"
        return
    count = len(lost.losses)
    said = "1 check of {} is lost" if count == 1 else f"{count} checks of {{}} are lost"
    yield f"{said.format(name)}; --update-snapshots --reason TEXT accepts that"
    yield from lost_lines(lost.losses)


def accepted_lines(session: ParitySession) -> Iterator[str]:
    """What an update accepted as lost, a line a stage."""
    if session.settings.accepts_loss and session.lost:
        yield f"snapshots: accepted as lost, since {_printable(session.settings.reason)}"
        if session.lost.torn:
            yield f"  {session.list_path.name} was torn, and did not say what was lost ({session.lost.torn})"
        yield from (f"  {line}" for line in lost_lines(session.lost.losses))


def hint_lines(session: ParitySession) -> Iterator[str]:
    """One line where nothing would tell that a check is lost."""
    if session.settings.update_snapshots or session.lost.torn or not (session.listed or session.unlisted_tests):
        return
    before, name = session.lost.before, session.list_path.name
    if before is None:
        yield f"hint: there is no {name} to tell a check that is lost by; --update-snapshots writes it"
    elif not before.tells:
        yield f"hint: {name} does not say what ran, and so not what runs no more; --update-snapshots adds it"
