"""What is known of one check that fails: its verdict, and what exactly is wrong.

The size of an error tells no wrong answer from another, since it saturates; the wrong answer does.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from parity_suite.core.finding import Finding, Measured, Verdict
from parity_suite.core.run_causes import is_trouble
from parity_suite.core.value import Value, shown

#: What the code gives may move by this part of the known error.
SHARE: Final = 0.1
#: Two errors are a tie, of which the last digits decide where the worst place is, if they differ by no more than this.
TIE: Final = 1e-3
#: Digits of a value that are kept, from the first one of the error on.
_DIGITS: Final = 6
#: Round-off depends on the machine, and may be so many times what it was.
GROWTH: Final = 2.0
#: Of code that computes in float32 where float64 is asked, the relative error up to which that is all there is of it:
#: it has one on every machine, and another one on each.
_OF_FLOAT32: Final = 64 * 2.0**-23


@dataclass(frozen=True)
class KnownValue:
    """What an output has at its worst place, or beside a threshold."""

    output: str
    implementation: str
    place: tuple[int, ...]
    gives: Value
    wanted: Value
    #: whether ``wanted`` is a threshold, which may be set to another one
    bound: bool = False
    #: of values without a distance, the part that differs: nothing else shows that more of them are wrong
    differs: float = 0.0
    #: of numbers the error of the whole output, by which more that is wrong beside the worst place shows; 0 in an entry
    #: that does not say it
    norm: float = 0.0
    #: of that error what it is known again by, where neither its worst place nor its size moves; empty in an entry that
    #: does not say it
    fingerprint: tuple[float, ...] = ()

    def explains(self, one: Measured) -> bool:
        """Whether what was measured is what is known."""
        size = _distance(self.gives, self.wanted)
        if self.norm and not abs(one.norm - self.norm) <= SHARE * self.norm:
            return False
        if self.fingerprint and not self.has_pattern_of(one):
            return False
        if one.place != self.place:
            return 0 < size < math.inf and math.isclose(_distance(one.got, one.want), size, rel_tol=TIE)
        if self.differs and abs(one.error - self.differs) > SHARE * self.differs:
            return False
        # Beside what is not finite, the value is all the size that there is.
        room = SHARE * next(filter(math.isfinite, (size, _distance(self.gives, 0.0))), 0.0)
        return _near(one.got, self.gives, room) and (self.bound or _near(one.want, self.wanted, room))

    @property
    def of_float32(self) -> bool:
        """Whether the error is no more than float32 makes."""
        return 0 < self.norm <= _OF_FLOAT32

    def has_pattern_of(self, one: Measured) -> bool:
        """Whether what was measured is wrong in the same places, and by the same shares."""
        both = (self.fingerprint, one.fingerprint)
        return len(both[0]) == len(both[1]) and all(abs(a - b) <= SHARE for a, b in zip(*both, strict=True))

    def __str__(self) -> str:
        return f"{shown(self.gives)}" + (f" at {list(self.place)}" if self.place else "")


@dataclass(frozen=True)
class KnownError:
    """The relative error of an output whose inputs were drawn, or of which round-off alone is wrong."""

    output: str
    implementation: str
    error: float
    drawn: bool

    def explains(self, one: Measured) -> bool:
        """Whether what was measured is what is known."""
        if not math.isfinite(self.error):
            return one.error == self.error
        if self.drawn:
            return abs(one.error - self.error) <= SHARE * self.error
        return one.error <= GROWTH * self.error

    @property
    def of_float32(self) -> bool:
        """Whether the error is no more than float32 makes."""
        return self.error <= _OF_FLOAT32

    def __str__(self) -> str:
        return f"an error of {self.error:.3g}"


KnownOutput = KnownValue | KnownError


@dataclass(frozen=True)
class Pin:
    """How a check is known to fail; what else fails of it is not excused."""

    verdict: Verdict
    outputs: tuple[KnownOutput, ...] = ()
    #: field, rule and implementation of each that is broken
    rules: tuple[tuple[str, str, str], ...] = ()
    #: type, file, innermost function of the user's code, and implementation; empty where nothing was raised
    raised: tuple[str, ...] = ()
    #: why it failed, where nothing of the above says it
    cause: str = ""

    @property
    def implementations(self) -> frozenset[str]:
        """Those of which something is known to fail; an empty name for the default one."""
        return frozenset((*(one.implementation for one in self.outputs), *(rule[-1] for rule in self.rules)))

    def differences(self, finding: Finding) -> Iterator[str]:
        """In words, all in which a finding that is red fails otherwise; nothing where it is as known."""
        now = pin_of(finding)
        if now.verdict is not self.verdict:
            yield f"{now.verdict} and not {self.verdict}"
        narrow = _is_narrow(finding)
        for one in finding.measured:
            if not one.within and not (narrow and self._rounds(one)):
                yield from self._difference(one)
        for field, rule, implementation in set(now.rules) - set(self.rules):
            yield " ".join(filter(None, ("breaks", rule or "the rule", field and f"of {field}", implementation)))
        if now.raised and now.raised != self.raised:
            yield f"raises {' '.join(filter(None, now.raised))}"
        if now.cause != self.cause:
            yield now.cause or "fails by itself"

    def _rounds(self, one: Measured) -> bool:
        """Whether an output is known to be no further off than float32 makes it, and is not."""
        known = [pin.of_float32 for pin in self.outputs if (pin.output, pin.implementation) == _name_of(one)]
        return any(known) and 0 < one.norm <= _OF_FLOAT32

    def _difference(self, one: Measured) -> Iterator[str]:
        known = [pin for pin in self.outputs if (pin.output, pin.implementation) == _name_of(one)]
        if not known:
            yield f"{one.output} fails as well"
        elif not any(pin.explains(one) for pin in known):
            place = f" at {list(one.place)}" if one.place else ""
            now, then = f"{shown(one.got)}{place}", str(known[0])
            if isinstance(known[0], KnownError):
                now = f"an error of {one.error:.3g}"
            elif replace(known[0], fingerprint=()).explains(one):
                now, then = "an error of another pattern", "one of this size"
            elif replace(known[0], norm=0.0, fingerprint=()).explains(one):
                now, then = f"an error of {one.norm:.3g} in all", f"{known[0].norm:.3g}"
            yield f"{one.output} has {now}, where {then} is known"


def _is_narrow(finding: Finding) -> bool:
    """Whether what was asked in float64 was computed in less."""
    returned = any(rule.rule == "dtype" for rule in finding.rules)
    return finding.precision == "float64" and (returned or finding.evidence.like_float32)


def pin_of(finding: Finding) -> Pin:
    """How a finding fails. What was not asked since it cannot be had is an error, as it is where that is said."""
    verdict = finding.verdict if finding.red or not is_trouble(finding) else Verdict.ERROR
    outputs = tuple(_known(one, verdict) for one in finding.measured if not one.within)
    rules = tuple(sorted({(one.field, one.rule, one.implementation) for one in finding.rules}))
    raised = finding.raised
    where = (raised.type, raised.file, raised.function, finding.implementation) if raised else ()
    cause = finding.cause.value if finding.cause and not (outputs or rules or where) else ""
    return Pin(verdict, outputs, rules, where, cause)


def _known(one: Measured, verdict: Verdict) -> KnownOutput:
    if one.about.drawn or verdict is Verdict.NUMERICAL:
        return KnownError(*_name_of(one), one.error, one.about.drawn)
    differs = 0.0 if _is_number(one.got) else one.error
    whole = not (differs or one.bound) and math.isfinite(one.norm)
    got, want = (_rounded(value, _distance(one.got, one.want)) for value in (one.got, one.want))
    norm = float(f"{one.norm:.{_DIGITS}g}") if whole else 0.0
    return KnownValue(*_name_of(one), one.place, got, want, bool(one.bound), differs, norm, one.fingerprint)


def _rounded(value: Value, size: float) -> Value:
    """A number with the digits that an error of this size is told by, and a few more; another value as it is."""
    if not (_is_number(value) and 0 < size < math.inf):
        return value
    digits = _DIGITS - math.floor(math.log10(size))
    if isinstance(value, complex):
        return complex(round(value.real, digits), round(value.imag, digits))
    return round(float(value or 0), digits)


def _name_of(one: Measured) -> tuple[str, str]:
    return one.output, one.about.implementation


def _is_number(value: Value) -> bool:
    """Whether arithmetic made it: indices, counts, truth values and texts are equal or are not."""
    return isinstance(value, float | complex)


def _distance(one: Value, other: Value) -> float:
    """Infinite where there is none."""
    if not (_is_number(one) and _is_number(other)):
        return math.inf
    apart = abs(complex(one) - complex(other))  # type: ignore[arg-type]
    return apart if math.isfinite(apart) else math.inf


def _near(now: Value, then: Value, room: float) -> bool:
    """Equal within ``room``; what is not finite is equal to its like alone."""
    if not (_is_number(now) and _is_number(then)):
        return type(now) is type(then) and now == then
    one, other = complex(now), complex(then)  # type: ignore[arg-type]
    if cmath.isfinite(one) and cmath.isfinite(other):
        return abs(one - other) <= room
    return all(_alike(a, b, room) for a, b in ((one.real, other.real), (one.imag, other.imag)))


def _alike(now: float, then: float, room: float) -> bool:
    return (math.isnan(now) and math.isnan(then)) or now == then or abs(now - then) <= room
