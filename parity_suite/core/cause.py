"""Why a check did not run or is red, as data: what any program decides by, in the place of the text beside it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """The cause of a finding that is not ok."""

    # Of a check that did not run.
    #: the device, or what else of this machine it takes, is not here or not wanted
    NO_DEVICE = "no-device"
    #: the backend does not define it
    NOT_PROVIDED = "not-provided"
    #: the backend defines it, and says that it cannot do this
    OUTSIDE_CAPABILITY = "outside-capability"
    #: the dataset lacks an array
    MISSING_DATA = "missing-data"
    #: there is nothing to be held to
    NO_BASELINE = "no-baseline"
    #: what is stored was made by another device or seed
    BASELINE_OF_ANOTHER_RUN = "baseline-of-another-run"
    #: there is no such question, or the test ended before it was asked
    UNASKED = "unasked"

    # Of an error that is said once; afterwards, of checks that did not run for it.
    #: a backend, a device that was asked for, or a stage whose method is misnamed, cannot be had
    UNAVAILABLE = "unavailable"
    #: the machine computes wrongly
    ARITHMETIC_OFF = "arithmetic-off"
    #: its test was to run and never came to a report
    UNREPORTED = "unreported"

    # Of a check that is red.
    #: further from what was wanted than round-off may be
    OFF_BUDGET = "off-budget"
    #: not equal to what it must be equal to
    NOT_EXACT = "not-exact"
    #: beyond a threshold
    BEYOND_BOUND = "beyond-bound"
    #: a rule is broken that no distance measures
    BROKEN_RULE = "broken-rule"
    #: what must be refused was taken
    NOT_REFUSED = "not-refused"
    #: an exception out of what was called
    EXCEPTION = "exception"
    #: the law gave nothing to judge
    MEASURED_NOTHING = "measured-nothing"
    #: asked more than once, it answered in more than one way
    FLAKY = "flaky"
    #: the process that asked it ended
    CRASHED = "crashed"

    @property
    def words(self) -> str:
        """As a person reads it."""
        return self.value.replace("-", " ")


#: With these an error is one of a check that asked the backend nothing.
COULD_NOT_ASK: Final = frozenset({Cause.UNAVAILABLE, Cause.ARITHMETIC_OFF, Cause.UNREPORTED})
