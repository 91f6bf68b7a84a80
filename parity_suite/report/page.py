"""What the page of a run shows, as plain values for its template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from parity_suite.contracts.holding import printable_lines
from parity_suite.core.finding import Finding
from parity_suite.core.run_causes import ToMend
from parity_suite.report.causes import spread, title
from parity_suite.report.failure import clauses, ledger_words, render_failure, replay_line
from parity_suite.report.histogram import Decade, histogram
from parity_suite.report.outcome import State, counts_of, state_of
from parity_suite.report.pictures import Picture, pictures_of
from parity_suite.report.smallest import kept_failure, smallest_lines
from parity_suite.report.terminal import place_of_stage

#: Where a run with a folder for its report writes failures, in that.
FAILURES: Final = "failures"

#: Bytes of pictures in the cards of all causes together, beyond which the rest is left out.
_MOST_PICTURES: Final = 11 * 2**20
#: Characters of the texts of all findings together, beyond which a finding has none.
_MOST_TEXT: Final = 3 * 2**20
_SLOWEST: Final = 20
#: As a failure that is kept as it was found calls them.
_SIDES: Final = ("got", "want")


@dataclass(frozen=True)
class Card:
    """One cause."""

    number: int
    title: str
    check: str
    clauses: Sequence[str]
    looks_like: str
    #: the smallest input, and what was got and wanted of it
    smallest: Sequence[str]
    pictures: Sequence[Picture]
    #: why there is no picture, or of what they are
    pictured: str
    histogram: Sequence[Decade]
    spread: str
    ledger: Sequence[str]
    otherwise: Sequence[str]
    replay: str
    checks: Sequence[str]


@dataclass
class Album:
    """Reads the pictures of failures, as long as the page has room for them."""

    #: where the run was started, from which it names folders of failures, and the folder of the record, which may have
    #: come here with those in it
    start: Path
    folder: Path
    room: int = _MOST_PICTURES
    #: causes whose pictures found no room
    left_out: int = field(default=0)

    def of(self, finding: Finding) -> tuple[list[str], list[Picture], str]:
        """The lines of the smallest input, pictures, and in words what these are of."""
        name = finding.replay.folder
        kept = kept_failure(finding, self.start / name, self.folder / FAILURES / Path(name).name)
        if kept is None:
            return [], [], ""
        lines = list(smallest_lines(kept))
        got, want, words = _shown(kept.arrays)
        if self.room <= 0:
            self.left_out += 1
            return lines, [], "left out: the page is full of pictures of other causes"
        found = list(pictures_of(got, want))
        self.room -= sum(len(panel.uri) for picture in found for panel in picture.panels)
        return lines, found, words if found else ""


def _shown(arrays: Mapping[str, Mapping[str, Any]]) -> tuple[Mapping[str, Any], Mapping[str, Any], str]:
    """Got and wanted of the failure as it was found, which says more to the eye than the smallest one."""
    found = arrays["found"]
    if not found:
        return arrays["got"], arrays["expected"], "the input that replay asks"
    sides = [
        {n.removeprefix(f"{side}."): one for n, one in found.items() if n.startswith(f"{side}.")} for side in _SIDES
    ]
    return sides[0], sides[1], "the input as it was found, before it was made smaller"


def card_of(number: int, mend: ToMend, holding: Sequence[Finding], album: Album) -> Card:
    """All that a person is told of one cause; ``holding`` are the checks of its stage that hold."""
    one = mend.most_telling
    smallest, pictures, words = album.of(mend.replayed)
    ids = sorted(finding.check for finding in mend.findings)
    decades = histogram(mend.findings, holding)
    return Card(
        number,
        title(mend),
        one.check,
        list(clauses(one)),
        one.looks_like,
        smallest,
        pictures,
        words,
        decades if any(one.failing for one in decades) else [],
        spread(mend),
        list(ledger_words(one)),
        [finding.check for finding in mend.otherwise],
        replay_line(mend.replayed.replay),
        ids,
    )


def cards(mends: Sequence[ToMend], findings: Sequence[Finding], album: Album) -> list[Card]:
    """One a cause, in their order."""
    holding: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for one in findings:
        if one.passed:
            holding[one.subject, one.stage].append(one)
    return [
        card_of(number, mend, holding[mend.cause.subject, mend.cause.stage], album)
        for number, mend in enumerate(mends, start=1)
    ]


@dataclass(frozen=True)
class Grid:
    """How many findings of each state a stage of a subject has."""

    subjects: Sequence[str]
    #: of each stage the subjects in their order, with counts; no counts where there are no findings
    rows: Sequence[tuple[str, Sequence[tuple[str, Mapping[State, int]]]]]


def grid_of(findings: Sequence[Finding]) -> Grid:
    """Stages in the order of their pipelines, single subjects before pairs."""
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for one in findings:
        groups[_stage(one), one.subject].append(one)
    stages = sorted({stage for stage, _ in groups}, key=lambda stage: (place_of_stage(stage), stage))
    subjects = sorted({subject for _, subject in groups}, key=lambda subject: (subject.count("+"), subject))
    rows = [(stage, [(one, counts_of(groups.get((stage, one), ()))) for one in subjects]) for stage in stages]
    return Grid(subjects, rows)


def _stage(finding: Finding) -> str:
    """The stage that is to blame, else that which is asked."""
    return finding.blame or finding.stage


def rows_of(findings: Sequence[Finding], mends: Sequence[ToMend]) -> list[list[Any]]:
    """The findings as the page's script takes them: id, stage, subject, law, state, verdict, worst error in budgets,
    seconds, number of the cause, text; the gravest first.
    """
    numbers = {id(one): k for k, mend in enumerate(mends, start=1) for one in mend.findings}
    ordered = sorted(findings, key=lambda one: (list(State).index(state_of(one)), one.check, one.machine))
    rows, room = [], _MOST_TEXT
    for one in ordered:
        text = _text(one) if room > 0 else "its text is left out: the record has it"
        room -= len(text)
        rows.append([*_row(one), numbers.get(id(one), 0), text])
    return rows


def _row(one: Finding) -> list[Any]:
    worst = one.worst
    share = f"{worst.of_budget:.3g}" if worst and worst.budget and not worst.bound else ""
    where = [one.check, _stage(one), one.subject, one.law, str(state_of(one)), str(one.verdict)]
    return [*where, share, round(one.seconds, 3)]


def _text(one: Finding) -> str:
    more = f"\n  machine: {one.machine}" if one.machine else ""
    return printable_lines((render_failure(one) if one.red else one.reason) + more)


@dataclass(frozen=True)
class Timing:
    """Seconds in all, by stage, and of the slowest checks."""

    total: float
    stages: Sequence[tuple[str, int, float]]
    slowest: Sequence[tuple[str, float]]


def timing_of(findings: Sequence[Finding]) -> Timing:
    """What the checks themselves took; workers may have run several at once."""
    slow = sorted((one for one in findings if one.ran), key=lambda one: -one.seconds)
    seconds: dict[str, list[float]] = defaultdict(list)
    for one in slow:
        seconds[one.stage].append(one.seconds)
    stages = sorted(((stage, len(each), sum(each)) for stage, each in seconds.items()), key=lambda one: -one[2])
    return Timing(sum(one.seconds for one in slow), stages, [(one.check, one.seconds) for one in slow[:_SLOWEST]])
