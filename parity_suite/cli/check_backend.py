"""``parity check-backend``: one cheap call of each stage of a class, in seconds."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from parity_suite.cli.backends_given import PackOption, begin, specs_of

if TYPE_CHECKING:
    from parity_suite.core.backend_spec import BackendSpec
    from parity_suite.core.check import Check
    from parity_suite.core.finding import Finding

#: What is told of each stage, by the first law of it that tells it at a glance.
_TOLD: Final = ("answers", "refuses")


def check_backend(
    backends: Annotated[list[str], typer.Argument(metavar="module:Class", help="or name=module:Class; repeatable")],
    pack: PackOption = None,
) -> int:
    """Ask each stage of a backend once: signature, shapes, values, refusals.

    On the smallest case, in float32 on the CPU. `pytest -m parity` asks the rest. What the class declares to be outside
    of what it can do is tried once, and said where it is right all the same. Exit code 1 where a stage is wrong or the
    class has none.
    """
    begin(pack)
    from parity_suite.engine.asked import asked_of

    return max([_asked(one.spec) for spec in specs_of(backends) for one in asked_of(spec)])


def _asked(spec: BackendSpec) -> int:
    from parity_suite.backends.mistakes import mend_of
    from parity_suite.cli.narrow import narrow_limits
    from parity_suite.contracts.tables import text_table
    from parity_suite.core.cause import Cause
    from parity_suite.report.text import wrapped

    try:
        spec.load()
    except Exception as error:
        said = " ".join(str(error).split())
        print(f"{spec.name}: {spec.module}:{spec.member} cannot be had: {type(error).__name__}: {said}{mend_of(error)}")
        return 1
    with warnings.catch_warnings():
        # Of inputs that are to be refused NumPy warns where they are not.
        warnings.simplefilter("ignore")
        found = list(_findings(spec))
    # A mistake in the class is at a place of its own, and its other stages are asked.
    if none := next((one for one in found if one.red and one.cause is Cause.UNAVAILABLE and not _misnamed(one)), None):
        print("\n".join(wrapped(f"{spec.name}: {none.reason}", more="  ")))
        return 1
    stages = list(dict.fromkeys(one.stage for one in found))
    lacking = [one.stage for one in found if one.cause is Cause.NOT_PROVIDED]
    defined = [stage for stage in stages if stage not in lacking]
    if defined:
        rows = [(stage, *(_word(found, stage, what) for what in _TOLD)) for stage in defined]
        print("\n".join(text_table((spec.name, *_TOLD), rows)))
    for one in (one for one in found if one.red):
        like = f"looks like: {one.kind}; " if one.kind else ""
        print("\n".join(wrapped(f"{one.check}: {one.verdict}: {like}{one.reason}", more="  ")))
    for said in narrow_limits(spec, defined):
        print("\n".join(wrapped(f"too narrow: {said}", more="  ")))
    print(f"{len(defined)} of {len(stages)} stages defined; what trains or holds a model is asked by pytest -m parity")
    if lacking:
        print("\n".join(wrapped(f"not defined: {', '.join(dict.fromkeys(lacking))}", more="  ")))
    return int(not defined or any(one.red for one in found))


def _misnamed(finding: Finding) -> bool:
    from parity_suite.backends.mistakes import MISNAMED

    return finding.raised.type == MISNAMED


def _findings(spec: BackendSpec) -> Iterator[Finding]:
    from parity_suite.core.cause import Cause
    from parity_suite.core.context import RunContext
    from parity_suite.engine.policy import Policy
    from parity_suite.engine.runner import Runner

    runner = Runner(RunContext(), Policy("cpu", preflight=False, evidence=False))
    for checks in _cheap(spec):
        # The first that is within what the class declares, where there is one.
        for check in checks:
            found = runner.run(check)
            if found.cause is not Cause.OUTSIDE_CAPABILITY:
                break
        yield found


def _cheap(spec: BackendSpec) -> Iterator[Sequence[Check]]:
    """The quick checks of each stage, and of each chain that is one method, under the laws that tell most."""
    from parity_suite.core.fused import JOINT
    from parity_suite.core.packs import BY_NAME
    from parity_suite.engine.checks import enumerate_checks

    quick = [
        one
        for one in enumerate_checks([spec])
        if one.subject == spec.name and (one.device, one.precision, one.slow) == ("cpu", "float32", False)
    ]
    fused = [BY_NAME[name] for name in dict.fromkeys(one.stage for one in quick) if JOINT in name]
    for stage in (one for one in (*BY_NAME.values(), *fused) if one.is_method and not one.of_model):
        of_stage: dict[str, list[Check]] = {}
        for one in quick:
            if one.stage == stage.name:
                of_stage.setdefault(one.law, []).append(one)
        for what in _TOLD:
            yield from [of_stage[law] for law in _telling(what) if law in of_stage][:1]


def _telling(what: str) -> list[str]:
    """The laws that tell it at a glance, that which asks the oracle before all others."""
    from parity_suite.laws.registry import law_traits

    traits = law_traits()
    return sorted((law for law in traits if traits[law].at_a_glance == what), key=lambda law: not traits[law].plain)


def _word(found: Sequence[Finding], stage: str, what: str) -> str:
    laws = _telling(what)
    return next((str(one.verdict) for one in found if one.stage == stage and one.law in laws), "")
