"""A run keeps what it is told and what it computes for itself; nothing that depends on one stays in a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import parity_suite
from parity_suite.cases.datasets import Datasets
from parity_suite.core.context import RunContext, remembered
from parity_suite.ptychography.learning.thresholds import Thresholds
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.sizes import LESSONS

#: What is remembered for a whole process, by why that is no matter of a run.
OF_THE_PACKAGE = "read from the package's own files"
OF_THE_ARGUMENTS = "a function of its arguments alone"
OF_THE_MACHINE = "a fact of this interpreter and its frameworks"
REMEMBERED = {
    "backends.forked_process._started_with": OF_THE_MACHINE,
    "backends.raised._folders": OF_THE_MACHINE,
    "backends.returns.returns_contract": OF_THE_ARGUMENTS,
    "ptychography.tensorflow.backend._graph_of": OF_THE_ARGUMENTS,
    "ptychography.tensorflow.training._step": OF_THE_ARGUMENTS,
    "ptychography.tensorflow.translation.why_not_projective": OF_THE_MACHINE,
    "ptychography.torch.translation._compiled": OF_THE_MACHINE,
    "ptychography.torch.translation.why_not_compiled": OF_THE_MACHINE,
    "cases.rules.rules_of": OF_THE_PACKAGE,
    "core.implementations.implementation": OF_THE_ARGUMENTS,
    "compare.budgets._of_resources": OF_THE_PACKAGE,
    "ptychography.spread._measured": OF_THE_PACKAGE,
    "ptychography.spread.trained_budget": OF_THE_PACKAGE,
    "contracts.expressions.parse_expression": OF_THE_ARGUMENTS,
    "contracts.expressions.parse_pattern": OF_THE_ARGUMENTS,
    "contracts.language._validator": OF_THE_PACKAGE,
    "contracts.load._known": OF_THE_ARGUMENTS,
    "contracts.load._places": OF_THE_ARGUMENTS,
    "ptychography.datasets.cache._code_digest": OF_THE_PACKAGE,
    "ptychography.datasets.cache.load_synthetic": OF_THE_ARGUMENTS,
    "faults.gallery._make": OF_THE_ARGUMENTS,
    "faults.specs._copy": OF_THE_ARGUMENTS,
    "ptychography.cases.recipe_cases": OF_THE_PACKAGE,
    "laws.registry._import": OF_THE_ARGUMENTS,
    "ptychography.learning.architecture.parameters": OF_THE_ARGUMENTS,
    "ptychography.learning.architecture.width_of": OF_THE_ARGUMENTS,
    "ptychography.learning.thresholds._contract": OF_THE_PACKAGE,
    "ptychography.learning.thresholds._raw": OF_THE_PACKAGE,
    "report.html._template": OF_THE_PACKAGE,
    "report.pictures._palette": OF_THE_ARGUMENTS,
    "selftest.choice._checks": OF_THE_ARGUMENTS,
    "selftest.choice._model_checks": OF_THE_ARGUMENTS,
}

PACKAGE = Path(parity_suite.__file__).parent


def _nodes() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        yield from ((module, node) for node in ast.walk(ast.parse(path.read_text("utf-8"))))


def _is_cache(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).partition("(")[0].rpartition(".")[2] in ("cache", "lru_cache")


def test_two_runs_do_not_know_of_each_others_datasets_and_thresholds() -> None:
    one, other = RunContext(), RunContext()
    one.part(Datasets).folder = Path("somewhere")
    one.part(Thresholds).override({"peak_share": {"maximum": 1e-4}})
    assert one.part(Datasets) is one.part(Datasets)
    assert other.part(Datasets).folder is None
    assert one.part(Thresholds).of("any.g1")["peak_share"].maximum == 1e-4
    assert other.part(Thresholds).of("any.g1")["peak_share"].maximum != 1e-4


def test_a_run_computes_once_and_two_runs_compute_twice() -> None:
    asked = []

    @remembered(maxsize=2)
    def square(context: RunContext, x: int) -> int:
        asked.append((context, x))
        return x * x

    one, other = RunContext(), RunContext()
    assert [square(one, 2), square(one, 2), square(other, 2)] == [4, 4, 4]
    assert asked == [(one, 2), (other, 2)]
    assert [square(one, 3), square(one, 4), square(one, 2)] == [9, 16, 4]
    assert asked[2:] == [(one, 3), (one, 4), (one, 2)], "the oldest of three is forgotten"


def test_a_lesson_is_made_once_a_run() -> None:
    one, other = RunContext(), RunContext()
    assert lesson(one, LESSONS[0]) is lesson(one, LESSONS[0])
    assert lesson(one, LESSONS[0]) is not lesson(other, LESSONS[0])


def test_no_function_writes_a_global_of_its_module() -> None:
    assert [module for module, node in _nodes() if isinstance(node, ast.Global)] == []


def test_what_is_remembered_for_a_whole_process_is_no_matter_of_a_run() -> None:
    found = {
        f"{module}.{node.name}"
        for module, node in _nodes()
        if isinstance(node, ast.FunctionDef) and any(map(_is_cache, node.decorator_list))
    }
    assert sorted(found) == sorted(REMEMBERED)
