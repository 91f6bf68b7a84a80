"""Why a check did not run or is red, as data: what any program decides by, in the place of the text beside it."""

from __future__ import annotations

from typing import Final

from parity_suite.core.explained import ExplainedEnum


class Cause(ExplainedEnum):
    """The cause of a finding that is not ok, and what that means."""

    # Of a check that did not run.
    NO_DEVICE = "no-device", "the device, or what else of this machine it takes, is not here or not wanted"
    NOT_PROVIDED = "not-provided", "the backend does not define it"
    OUTSIDE_CAPABILITY = "outside-capability", "the backend defines it, and says that it cannot do this"
    MISSING_DATA = "missing-data", "the dataset lacks an array"
    NO_BASELINE = "no-baseline", "there is nothing to be held to"
    BASELINE_OF_ANOTHER_RUN = "baseline-of-another-run", "what is stored was made by another device or seed"
    UNASKED = "unasked", "there is no such question, or the test ended before it was asked"

    # Of an error that is said once; afterwards, of checks that did not run for it.
    UNAVAILABLE = (
        "unavailable",
        "a backend, a device that was asked for, or a stage whose method is misnamed, cannot be had",
    )
    ARITHMETIC_OFF = "arithmetic-off", "the machine computes wrongly"
    UNREPORTED = "unreported", "its test was to run and never came to a report"

    # Of a check that is red.
    OFF_BUDGET = "off-budget", "further from what was wanted than round-off may be"
    NOT_EXACT = "not-exact", "not equal to what it must be equal to"
    BEYOND_BOUND = "beyond-bound", "beyond a threshold"
    BROKEN_RULE = "broken-rule", "a rule is broken that no distance measures"
    NOT_REFUSED = "not-refused", "what must be refused was taken"
    EXCEPTION = "exception", "an exception out of what was called"
    MEASURED_NOTHING = "measured-nothing", "the law gave nothing to judge"
    FLAKY = "flaky", "asked more than once, it answered in more than one way"
    CRASHED = "crashed", "the process that asked it ended"

    @property
    def words(self) -> str:
        """As a person reads it."""
        return self.value.replace("-", " ")


#: With these an error is one of a check that asked the backend nothing.
COULD_NOT_ASK: Final = frozenset({Cause.UNAVAILABLE, Cause.ARITHMETIC_OFF, Cause.UNREPORTED})
