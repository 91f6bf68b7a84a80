"""The example of a stranger's two code bases: skipped without them, and small."""

from __future__ import annotations

import ast
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from stranger import EXAMPLES, called, copied

from parity_suite.backends.registry import parse_spec
from parity_suite.engine.asked import asked_of

PLACE = EXAMPLES / "ptychopinn"


def test_without_the_package_it_is_skipped_and_says_why(tmp_path: Path) -> None:
    if find_spec("ptycho"):
        pytest.skip("PtychoPINN is importable here")
    done = called(copied("ptychopinn", tmp_path), "pytest", "-m", "parity", "-rs")
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout + done.stderr
    for name in ("ptycho", "ptycho_torch"):
        assert f"PtychoPINN ({name}) is not importable" in done.stdout


def test_each_adapter_is_small() -> None:
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in PLACE.glob("*.py")}
    assert {name for name, count in lines.items() if count > 160} == set()


@pytest.mark.parametrize("name", ["ptychopinn_tensorflow", "ptychopinn_torch"])
def test_a_stage_has_the_arguments_of_the_protocol(name: str) -> None:
    from parity_suite.core.packs import BY_NAME

    tree = ast.parse((PLACE / f"{name}.py").read_text("utf-8"))
    (backend,) = (one for one in tree.body if isinstance(one, ast.ClassDef))
    functions, methods = (
        {one.name: [each.arg for each in one.args.args] for one in where.body if isinstance(one, ast.FunctionDef)}
        for where in (tree, backend)
    )
    # A stage is a method, or a function of tensors behind ``adapt``.
    adapted = {
        one.targets[0].id: functions[one.value.args[0].id]
        for one in backend.body
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call)
    }
    stages = {stage: names[1:] for stage, names in methods.items() if stage in BY_NAME} | adapted
    assert len(stages) >= 10
    assert len(adapted) >= 4
    for stage, arguments in stages.items():
        assert arguments == [one.name for one in BY_NAME[stage].inputs][: len(arguments)]


def test_the_other_ways_of_a_stage_are_known_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PLACE)
    asked = {}
    for name in ("gather", "grouped", "trained"):
        (one,) = asked_of(parse_spec(f"{name}=ptychopinn_routes:Routes.{name}"))
        asked[name] = one.only
    assert asked == {"gather": ("translate",), "grouped": ("extract",), "trained": ("extract", "reassemble")}


def test_the_ledger_says_a_reason_of_each_cause() -> None:
    ledger = tomllib.loads((PLACE / "parity-ledger.toml").read_text("utf-8"))
    causes = [tuple(one["cause"].values()) for one in ledger["entries"]]
    assert len(set(causes)) == len(causes) > 0
    subjects = {one["cause"]["subject"] for one in ledger["entries"]}
    assert {"tensorflow", "torch"} <= {side for one in subjects for side in one.split("+")}
