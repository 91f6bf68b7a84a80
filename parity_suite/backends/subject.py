"""A subject: one backend on one device in one precision, made when it is first asked for and held to its contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from threading import get_ident
from typing import Any, Final

import numpy as np
import pytest

from parity_suite.backends.capabilities import (
    EVERYTHING,
    Capabilities,
    Misdeclared,
    capabilities_of,
    require_declared,
)
from parity_suite.backends.exceptions import NotProvided, OutsideCapability, Unavailable, no_output
from parity_suite.backends.forms import FORMS
from parity_suite.backends.held_outputs import by_name, changed_inputs, held_outputs, options_lacking
from parity_suite.backends.methods import own_method
from parity_suite.backends.mistakes import mend_of, mistakes_of
from parity_suite.backends.outside import kept_outside
from parity_suite.backends.parameters import declared
from parity_suite.backends.troubles import LeftOut, Outputs, note
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.case import Conventions
from parity_suite.core.cause import Cause
from parity_suite.core.context import RunContext
from parity_suite.core.implementations import keywords_of
from parity_suite.core.packs import BY_NAME


@dataclass(eq=False)
class Call:
    """One call of a stage: what was asked, and what came of it."""

    subject: Subject
    stage: str
    inputs: Mapping[str, Any]
    #: that of the arrays that it was given, and the thread that it was asked from
    form: str = ""
    thread: int = 0
    result: Any = None
    error: Exception | None = None


#: Bytes of results that are kept; a law of more is recorded no further.
_MOST: Final = 2**28


class Recorder:
    """Where the calls of a run are written down while somebody wants them."""

    def __init__(self) -> None:
        self._calls: list[Call] | None = None
        #: bytes of the results of these calls but the last
        self._bytes = 0

    def add(self, call: Call) -> None:
        """Writes a call down before it is made."""
        if self._calls is None:
            return
        last = self._calls[-1] if self._calls else None
        if self._bytes + (_size(last.result) if last else 0) < _MOST:
            self._bytes += _size(last.result) if last else 0
            self._calls.append(call)

    @contextmanager
    def into(self, calls: list[Call]) -> Iterator[None]:
        """Adds every call of a stage to ``calls``, as far as memory allows."""
        before = self._calls, self._bytes
        self._calls, self._bytes = calls, sum(_size(one.result) for one in calls[:-1])
        try:
            yield
        finally:
            self._calls, self._bytes = before


def record_calls(context: RunContext, calls: list[Call]) -> AbstractContextManager[None]:
    """Adds every call of a stage in a run to ``calls`` for a while."""
    return context.part(Recorder).into(calls)


@dataclass(frozen=True)
class Subject:
    """``rounding`` is the precision of the inputs, which stays when a failure is repeated in float64; ``mode`` is empty
    for the backend's own choice; ``unlimited`` is asked what is outside of its capabilities too. Subjects are equal
    whatever run they are of.
    """

    spec: BackendSpec
    context: RunContext = field(compare=False, repr=False)
    device: str = "cpu"
    precision: str = "float32"
    rounding: str = "float32"
    mode: str = ""
    unlimited: bool = False

    @property
    def name(self) -> str:
        return self.spec.name

    def conventions(self, stage: str) -> Conventions:
        """Those of a stage in which its class declares another one than the default, of the oracle's parameters."""
        said = declared(self.cls, stage) if stage in BY_NAME else {}
        return tuple(
            (one.name, said[one.name])
            for one in (BY_NAME[stage].parameters if said else ())
            if not one.law and said.get(one.name, one.default) != one.default
        )

    def in_float64(self) -> Subject:
        """The same in float64, fed the same inputs."""
        return replace(self, precision="float64")

    def in_mode(self, mode: str) -> Subject:
        return replace(self, mode=mode)

    @property
    def keywords(self) -> dict[str, str]:
        """What the backend is made with."""
        mode = {"mode": self.mode} if self.mode else {}
        return {"device": self.device, "precision": self.precision, **mode, **keywords_of(self.cls)}

    @property
    def cls(self) -> type[Any]:
        return self.context.part(Backends).load(self.spec)

    @property
    def capabilities(self) -> Capabilities:
        """What its class declares, whether or not it is asked what is outside of that."""
        return capabilities_of(self.cls)

    @property
    def limits(self) -> Capabilities:
        """What it is held to."""
        return EVERYTHING if self.unlimited else self.capabilities

    def outside(self, stage: str, inputs: Mapping[str, Any]) -> str:
        """The limit that inputs of a stage are outside of, in words, and a note of it for the check; empty where there
        is none.
        """
        if limit := self.limits.outside(stage, inputs):
            self.context.part(LeftOut).add(OutsideCapability(self.cls, limit))
        return limit

    def parts(self, stage: str, inputs: Mapping[str, Any]) -> Mapping[str, int]:
        """How many to take along axes, so that inputs of a stage are what it can be asked, and a note of it for the
        check; empty where all of it is.
        """
        if found := self.limits.parts(stage, inputs):
            self.outside(stage, inputs)
        return found

    def require_within(self, stage: str, inputs: Mapping[str, Any]) -> None:
        """``OutsideCapability`` where the class declares that it cannot do this."""
        if limit := self.outside(stage, inputs):
            raise OutsideCapability(self.cls, limit)

    def require_output(self, stage: str, name: str) -> None:
        """``OutsideCapability`` where the class declares that it does not return an output."""
        if name in self.limits.lacking(stage):
            raise no_output(self.cls, stage, name)

    @property
    def backend(self) -> Any:
        """The instance, one for each run; ``Unavailable`` where it cannot be made."""
        return self.context.part(Backends).made(self)

    def fresh(self, **chosen: str) -> Any:
        """A new instance, for stages that act on a model: what one check leaves there is no other check's start.
        ``chosen`` are more keywords.
        """
        made = _new(self, **chosen)
        if isinstance(made, Unavailable):
            raise made
        return made

    def given(self, value: Any) -> Any:
        """An input as this instance is to have it: where a failure is repeated in float64, the same values in float64,
        since a backend may compute in what it is given.
        """
        if self.precision == self.rounding or not isinstance(value, np.ndarray) or value.dtype.kind not in "fc":
            return value
        return value.astype(np.result_type(value, self.precision))

    @property
    def modes(self) -> tuple[str, ...]:
        return tuple(getattr(self.cls, "modes", ()))

    def provides(self, *methods: str) -> bool:
        return all(own_method(self.cls, method) is not None for method in methods)

    def need(self, *methods: str) -> None:
        """``NotProvided`` where the class lacks one of the methods, ``Unavailable`` where that is its mistake."""
        mistakes = mistakes_of(self.context, self.cls)
        for method in methods:
            if method in mistakes:
                raise Unavailable(mistakes[method].message, mistake=mistakes[method])
            if not self.provides(method):
                raise NotProvided(f"{self.cls.__name__} does not define {method}", lacks=method)

    def lacks(self, stage: str) -> frozenset[str]:
        """The inputs that a stage's contract calls optional and the backend's method does not take."""
        return options_lacking(self.cls, stage)

    def without_options(self, stage: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs without the options that the method does not take; ``NotProvided`` where one of them is asked."""
        lacking = self.lacks(stage)
        for name in sorted(lacking):
            if inputs.get(name) is not None:
                raise NotProvided(f"{self.cls.__name__}.{stage} takes no {name}", Cause.OUTSIDE_CAPABILITY, stage)
        return {name: value for name, value in inputs.items() if name not in lacking}

    def __call__(
        self,
        stage: str,
        inputs: Mapping[str, Any],
        *,
        form: str | None = "",
        instance: Any = None,
        damaged: bool = False,
    ) -> Outputs:
        """Runs a stage and returns those of its outputs by name that keep its contract; what breaks it is noted.

        It is given a copy of every array, in a ``form`` of :data:`parity_suite.backends.forms.FORMS`, or with None the
        arrays themselves. The instance of this run is asked unless another ``instance`` is given. What is ``damaged``,
        so that it must be refused, is asked whatever the class declares.
        """
        self.need(stage)
        if not damaged:
            self.require_within(stage, inputs)
        own = {name: self.given(value) for name, value in inputs.items()}
        copied = {n: FORMS[form or ""](value) if isinstance(value, np.ndarray) else value for n, value in own.items()}
        # What may be written into later is kept as it is now.
        inputs, handed = (own, copied) if form is not None else (copied, own)
        given = self.without_options(stage, handed)
        method, known = getattr(self.backend if instance is None else instance, stage), BY_NAME[stage]
        call = Call(self, stage, inputs, form or "", get_ident())
        self.context.part(Recorder).add(call)
        try:
            result = method(**given)
        except Exception as error:
            call.error = error
            raise
        lacking = self.limits.lacking(stage)
        call.result = result = by_name(known, result, lacking)
        breach, outputs = held_outputs(known, result, known.sizes_of(inputs), self.precision, lacking=lacking)
        outputs.lack({name: no_output(self.cls, stage, name) for name in sorted(lacking)})
        for limit in outputs.lacking.values():
            self.context.part(LeftOut).add(limit)
        for one in (*changed_inputs(stage, inputs, given), breach):
            if one is not None:
                one.call = call
                note(self, one)
        return outputs


#: How a backend fails: pytest's own ways to end a test, a skip above all, and ``sys.exit`` are no way out of a check.
FAILURES: Final = (Exception, SystemExit, pytest.skip.Exception, pytest.fail.Exception)


def _size(result: Any) -> int:
    return sum(getattr(value, "nbytes", 0) for value in result.values()) if isinstance(result, Mapping) else 0


class Backends:
    """The backends of a run: their classes and instances, or why there are none."""

    def __init__(self) -> None:
        self._loaded: dict[BackendSpec, type[Any] | BaseException] = {}
        self._made: dict[Subject, Any] = {}

    def tried(self, spec: BackendSpec) -> bool:
        """Whether this run has tried to import the backend."""
        return spec in self._loaded

    def load(self, spec: BackendSpec) -> type[Any]:
        """The class; ``Unavailable`` where it cannot be imported."""
        if spec not in self._loaded:
            try:
                cls = spec.load()
                require_declared(cls)
                self._loaded[spec] = cls
            except FAILURES as error:
                self._loaded[spec] = error
        found = self._loaded[spec]
        if isinstance(found, BaseException):
            done = "declares what there is not" if isinstance(found, Misdeclared) else "cannot be loaded"
            said = f"{spec.module}:{spec.member} {done}: {_one_line(found)}{mend_of(found)}"
            raise Unavailable(said, problem=found) from found
        return found

    def made(self, subject: Subject) -> Any:
        """The instance of a subject; ``Unavailable`` where it cannot be made."""
        key = replace(subject, rounding="float32")
        if key not in self._made:
            self._made[key] = _new(subject)
        if isinstance(self._made[key], Unavailable):
            raise self._made[key]
        return self._made[key]


def _new(subject: Subject, **chosen: str) -> Any:
    """A backend, or the ``Unavailable`` that says why there is none; ``OutsideCapability`` in a precision that its
    class declares not to have.
    """
    if subject.precision not in subject.limits.precisions:
        raise OutsideCapability(subject.cls, " or ".join(subject.limits.precisions))
    try:
        return kept_outside(subject.cls(**{**subject.keywords, **chosen}))
    except Unavailable:
        raise
    except FAILURES as error:
        return Unavailable(f"{subject.cls.__name__} cannot be made: {_one_line(error)}", problem=error)


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
