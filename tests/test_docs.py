"""The pages that are generated say what the code says, and the README's examples run."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

import parity_suite
from parity_suite.cli.subcommands import COMMANDS
from parity_suite.contracts import contract_names
from parity_suite.core.cause import Cause
from parity_suite.core.finding import Verdict
from parity_suite.core.packs import packs
from parity_suite.plugin.options import KEYS

ROOT = Path(__file__).resolve().parents[1]


def _generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CONTRACT_PAGES = ["contracts/README.md", *(f"contracts/{name}.md" for name in contract_names())]


@pytest.mark.parametrize("name", ["pipeline.md", "laws.md", "budgets.md", "kinds.md", *CONTRACT_PAGES])
def test_generated_page_is_current(name: str) -> None:
    """Otherwise: python docs/generate.py."""
    assert (ROOT / "docs" / name).read_text("utf-8") == _generator().PAGES[name]()


def test_the_verdicts_of_the_readme_mean_what_the_command_says() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert rows[: len(Verdict)] == [(str(one), one.means) for one in Verdict]


def readme_block(mark: str) -> str:
    """The code block of the README that follows a comment."""
    found = re.search(rf"<!-- {mark} -->\n```\w*\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert found is not None, mark
    return found[1]


def test_the_backend_of_the_readme_runs_as_shown(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID", "CI"):
        monkeypatch.delenv(variable, raising=False)
    pytester.makepyfile(mybackend=readme_block("backend"), test_parity=readme_block("test file"))
    run = pytester.runpytest_subprocess("-m", "parity and not parity_slow", "-k", "mine and not torch")
    outcomes = run.parseoutcomes()
    assert run.ret == 0, run.stdout.str()
    assert outcomes["passed"] > 20
    assert "failed" not in outcomes
    run.stdout.fnmatch_lines(["*mine*illuminate*"])


def test_the_backend_of_the_readme_can_fail(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    wrong = readme_block("backend").replace("probe[None, ..., None])", "probe.conj()[None, ..., None])")
    assert wrong != readme_block("backend")
    pytester.makepyfile(mybackend=wrong, test_parity=readme_block("test file"))
    run = pytester.runpytest_subprocess(
        "-m", "parity and not parity_slow", "-k", "illuminate.oracle and mine and cpu-float32"
    )
    assert run.ret == 1
    run.stdout.fnmatch_lines(["1. mine illuminate: conjugated (*)"])


def test_the_two_backends_of_the_readme_are_held_to_each_other(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makepyfile(mybackend=readme_block("backend"), test_parity=readme_block("test file"))
    run = pytester.runpytest_subprocess("-m", "parity and not parity_slow", "-k", "pair and cpu-float32")
    assert run.ret == 0, run.stdout.str()
    run.stdout.fnmatch_lines(["mine+torch *illuminate *pair"])
    run.stdout.no_fnmatch_line("pairs: not held*")
    wrong = readme_block("backend").replace("probe[None, ..., None])", "probe.conj()[None, ..., None])")
    pytester.makepyfile(mybackend=wrong)
    run = pytester.runpytest_subprocess("-m", "parity and not parity_slow", "-k", "pair and cpu-float32")
    assert run.ret == 1
    run.stdout.fnmatch_lines(["1. mine illuminate: conjugated (*)"])


def test_every_public_name_is_promised() -> None:
    row = next(line for line in _page("public.md").splitlines() if "`parity_suite.__all__`" in line)
    assert set(re.findall(r"`([A-Za-z_]+)`", row)) == set(parity_suite.__all__)


def test_every_cause_has_its_row() -> None:
    told = _page("verdicts.md").partition("## Causes")[2].partition("\n## ")[0]
    assert not [cause for cause in Cause if f"`{cause.value}`" not in told]


def _page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def test_every_option_and_command_has_its_row() -> None:
    options = _page("options.md")
    for key in KEYS:
        named = {f"`{key.variable}`", f"`{key.ini}`", key.option}
        assert all(name in options for name in named), key.name
    page = _page("command.md")
    commands = [one.name for one in (*COMMANDS, *(one for pack in packs() for one in pack.commands))]
    assert len(commands) > 10
    assert not [name for name in commands if not re.search(rf"\| `parity {name}\b", page)]
