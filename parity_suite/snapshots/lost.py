"""What ran before and does not now: the stored list of ids held against what a run collected and found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parity_suite.core.cause import Cause
from parity_suite.core.check_id import CheckId
from parity_suite.core.id_list import IdList, TornList, of_test, read_list

if TYPE_CHECKING:
    from parity_suite.core.finding import Finding

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

    def __init__(
        self,
        *,
        listed: Set[str],
        collected: Set[str],
        findings: Sequence[Finding],
        held: Mapping[str, Sequence[Finding]],
        failed: Set[str],
        skipped: Set[str],
        partial: bool,
        require: Collection[str],
    ) -> None:
        """``listed`` are the ids of those checks of ``collected`` that belong to the list, ``held`` what the tests of
        baselines found, and ``failed`` and ``skipped`` the ids or tests that did so. A ``partial`` run answers for the
        subjects that it has.
        """
        names = {test: _printable(test) for test in held}
        self.listed = listed | set(names.values())
        self._collected = collected | set(names.values())
        #: None where a run answers for all that is listed; else whose checks it has
        self._subjects = {CheckId.parse(one).subject for one in collected} if partial else None
        self._require = require
        self._found: dict[str, list[Finding]] = {names[test]: list(found) for test, found in held.items()}
        for finding in findings:
            if finding.check in collected:
                self._found.setdefault(finding.check, []).append(finding)
        self._failed = failed | {names[test] for test in held if test in failed}
        self._skipped = {names[test] for test in held if test in skipped}

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
        return finding.cause in _LOST


def _printable(text: str) -> str:
    # Not before there is a text: what is imported here imports NumPy, and a run of other tests has none.
    from parity_suite.contracts.holding import printable

    return printable(text)


def lost_of(path: Path, seen: Seen) -> Lost:
    """What a run lost, by the list as it is now."""
    try:
        before = read_list(path)
    except TornList as torn:
        return Lost(torn=str(torn))
    return Lost(before, tuple(seen.losses(before)) if before else ())


def loss_errors(lost: Lost, path: Path) -> Iterator[str]:
    """What is red for what was lost by the list ``path``: its count, then a line a stage; or that it is torn."""
    if lost.torn:
        mend = "take it back from version control, or write it anew with --update-snapshots --reason TEXT"
        yield f"{path.name} is torn, so nothing says what was lost ({lost.torn}); {mend}: {path}"
    elif lost.losses:
        noun = "check of {} is" if len(lost.losses) == 1 else "checks of {} are"
        yield f"{len(lost.losses)} {noun.format(path.name)} lost; --update-snapshots --reason TEXT accepts that"
        yield from lost_lines(lost.losses)


def lost_lines(losses: Sequence[Loss]) -> Iterator[str]:
    """A line a stage."""
    groups: dict[str, list[Loss]] = {}
    for loss in losses:
        groups.setdefault(loss.group, []).append(loss)
    for group, those in sorted(groups.items()):
        counts = ", ".join(f"{count} {words}" for words, count in sorted(Counter(loss.words for loss in those).items()))
        named = ", ".join(loss.id for loss in those[:_SHOWN]) + (", ..." if len(those) > _SHOWN else "")
        yield f"lost of {group}: {counts}: {named}"
