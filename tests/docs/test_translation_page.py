"""The page of translation: its rows are the implementations there are, its figures hold, its example guards."""

from __future__ import annotations

import io
import re
from fnmatch import fnmatch
from math import log10
from pathlib import Path

import draw_translation
import measure_translation
import numpy as np
import pytest
from matplotlib.image import imread
from measuring.page import measured_part
from measuring.translations import BACKENDS, HOW, SIDES, Way, error, has_offset_gradient, pixels_off, registered

import parity_suite.engine.checks  # noqa: F401  (registers the laws)
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.core.stage import PRECISIONS
from parity_suite.laws.registry import all_laws

PAGE = measure_translation.PAGE
REGISTERED = tuple(registered())
EVERY = pytest.mark.parametrize(("spec", "one"), REGISTERED, ids=[f"{s.name}-{o.name}" for s, o in REGISTERED])
#: What PyTorch compiles for seconds has its rows measured anew before a release.
MEASURED = pytest.mark.parametrize(
    ("spec", "one"),
    [
        pytest.param(
            spec,
            one,
            id=f"{spec.name}-{one.name}",
            marks=pytest.mark.long if one.name == "gather_compiled" else (),
        )
        for spec, one in REGISTERED
    ],
)


def _rows(title: str) -> dict[tuple[str, str], dict[str, str]]:
    """The cells of a table that was measured, by backend and implementation, under their headings."""
    _, _, rest = measured_part(PAGE).partition(f"## {title}")
    lines = [line for line in rest.partition("## ")[0].splitlines() if line.startswith("| ")]
    head, _, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines)
    return {(row[0], row[1].strip("`")): dict(zip(head, row, strict=True)) for row in rows}


def _here(spec: BackendSpec, one: Way) -> None:
    if reason := spec.load().missing_implementation(one.name):
        pytest.skip(reason)


@pytest.mark.parametrize("title", ["How they run", "What they are off by"])
def test_the_page_lists_the_implementations_there_are(title: str) -> None:
    """Otherwise: python docs/measure_translation.py."""
    assert list(_rows(title)) == [(spec.name, one.name) for spec, one in REGISTERED]
    assert set(HOW) == set(_rows(title))


@MEASURED
def test_a_row_says_how_it_runs_and_what_it_declares(spec: BackendSpec, one: Way) -> None:
    _here(spec, one)
    row = _rows("How they run")[spec.name, one.name]
    assert (row["how it runs"], row["coordinates"]) == (HOW[spec.name, one.name], one.coordinates)
    assert row["gradient of offsets"] == ("yes" if has_offset_gradient(spec.name, one.name) else "no")


@EVERY
def test_a_row_has_times(spec: BackendSpec, one: Way) -> None:
    row = _rows("How they run")[spec.name, one.name]
    took, ratio, door, first = (float(row[name]) for name in ("ms", "x copy", "NumPy door, ms", "first call, s"))
    # The base is a copy of 64 MiB: no machine takes less than a millisecond or more than half a second for it.
    assert 1 < took / ratio < 500
    assert min(took, door, first) > 0


@MEASURED
@pytest.mark.parametrize("precision", PRECISIONS)
def test_errors_measured_anew_are_as_large(spec: BackendSpec, one: Way, precision: str) -> None:
    _here(spec, one)
    row = _rows("What they are off by")[spec.name, one.name]
    small, large = (row[f"{precision}, fractions, {side} x {side}"] for side in SIDES)
    if precision not in one.limits.precisions:
        assert (row[f"{precision}, whole"], small, large) == ("not provided", "", "")
        return
    assert row[f"{precision}, whole"] == "exact"
    assert pixels_off(spec.name, one.name, precision, SIDES[0]) == 0
    assert _decades(float(small), error(spec.name, one.name, precision, SIDES[0])) < 0.5


def test_the_error_on_a_large_canvas_is_as_large() -> None:
    row = _rows("What they are off by")["torch", "grid_sample"]
    found = error("torch", "grid_sample", "float32", SIDES[1])
    assert _decades(float(row[f"float32, fractions, {SIDES[1]} x {SIDES[1]}"]), found) < 0.5


def _decades(one: float, other: float) -> float:
    return abs(log10(one / other))


def test_the_page_says_where_when_and_how_it_was_measured() -> None:
    first = measured_part(PAGE).splitlines()[0]
    assert re.match(r"\d{4}-\d\d-\d\d, ", first)
    for fact in ("cores", "torch", "tensorflow", "python docs/measure_translation.py"):
        assert fact in first


def test_the_page_lists_the_laws_there_are() -> None:
    _, _, rest = PAGE.read_text("utf-8").partition("### The laws of `translate`")
    listed = re.findall(r"^\| `(\w+)` \|", rest, re.MULTILINE)
    assert sorted(listed) == sorted(law.name for law in all_laws() if "translate" in law.stages)


def test_the_picture_is_the_one_that_is_drawn(tmp_path: Path) -> None:
    """Otherwise: python docs/draw_translation.py."""
    draw_translation.save(tmp_path / "anew.png")
    stored = draw_translation.PICTURE.read_bytes()
    assert len(stored) < 80_000
    kept, drawn = imread(io.BytesIO(stored)), imread(tmp_path / "anew.png")
    assert kept.shape == drawn.shape
    # Another version of matplotlib sets letters a little elsewhere.
    assert float(np.mean(np.abs(kept - drawn))) < 0.05


def test_the_picture_tells_the_truth() -> None:
    image, after = draw_translation.letter(), draw_translation.moved(draw_translation.letter())
    assert not any(np.array_equal(image, other) for other in (image[::-1], image[:, ::-1], image.T, image[::-1, ::-1]))
    assert not after[:, :2].any()
    assert not after[-1].any()
    assert np.array_equal(after[:-1, 2], image[1:, 0] / 2)
    assert np.array_equal(after[:-1, 3:], (image[1:, 1:-2] + image[1:, :-3]) / 2)


def _block(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```\w*\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None, mark
    return found[1]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that knows nothing of the one around it."""
    steering = (
        "PYTEST_XDIST_WORKER",
        "PYTEST_XDIST_WORKER_COUNT",
        "PYTEST_XDIST_TESTRUNUID",
        "CI",
    )
    for variable in steering:
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.usefixtures("alone")
def test_the_example_runs_as_shown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(mybackend=_block("backend"), test_parity=_block("test file"))
    run = pytester.runpytest_subprocess("-m", "parity", "-k", "translate and mine and cpu-float32", "-rA")
    outcomes = run.parseoutcomes()
    assert run.ret == 0, run.stdout.str()
    assert outcomes["passed"] > 60
    assert "failed" not in outcomes
    for check in ("oracle[[]*-mine-", "switch[[]*-mine-", "compilations[[]*-mine-", "blocks[[]*-mine.scipy-"):
        run.stdout.fnmatch_lines([f"PASSED*translate.{check}*"])


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("right", "wrong", "law", "said"),
    [
        pytest.param(
            "(y, x), order=1",
            "(-y, -x), order=1",
            "oracle",
            "  check: translate.oracle[[]*-mine.scipy-*",
            marks=pytest.mark.long,
        ),
        (
            'translation or "slices"',
            '"slices"',
            "switch",
            "*what ran where scipy is asked for*slices*",
        ),
        (
            "(y, x), order=1",
            "(np.float32(y), np.float32(x)), order=1",
            "digits",
            "  check: translate.digits[[]*-mine.scipy-*",
        ),
    ],
    ids=["opposite sign", "keyword ignored", "coordinates that are no float64"],
)
def test_what_is_wrong_in_the_second_implementation_is_named(
    pytester: pytest.Pytester, right: str, wrong: str, law: str, said: str
) -> None:
    assert right in _block("backend")
    broken = _block("backend").replace(right, wrong)
    pytester.makepyfile(mybackend=broken, test_parity=_block("test file"))
    run = pytester.runpytest_subprocess("-m", "parity", "-k", f"translate and {law} and mine", "-v")
    assert run.ret == 1
    run.stdout.fnmatch_lines([said])


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("", "gather_eager"),
        ("0", "gather_eager"),
        ("1", "gather_xla"),
        ("maybe", "none (USE_XLA_TRANSLATE: 'maybe' *)"),
    ],
)
def test_the_environment_says_what_runs_where_nothing_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, said: str, shown: str
) -> None:
    monkeypatch.setenv("USE_XLA_TRANSLATE", said)
    torch, tensorflow = (spec.load().describe() for spec in BACKENDS)
    assert torch["translation"] == "gather_eager"
    assert tensorflow["USE_XLA_TRANSLATE"] == said
    assert fnmatch(tensorflow["translation"], shown)
