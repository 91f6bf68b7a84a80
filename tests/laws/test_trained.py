"""The law of the baseline: what was stored is held; nothing stored is not run; the user's own before the project's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from learner import Learner, subject_of

from parity_suite.backends.subject import Backends, Subject
from parity_suite.cases.missing import Missing
from parity_suite.compare.deviation import Bound, Outcome
from parity_suite.core.backend_spec import BackendSpec
from parity_suite.ptychography.laws import trained
from parity_suite.ptychography.laws.learned import learned
from parity_suite.ptychography.laws.trained import baseline, trained_statistics
from parity_suite.ptychography.sizes import LESSONS
from parity_suite.snapshots import baselines
from parity_suite.snapshots.anchors import Content
from parity_suite.snapshots.baselines import NO_BASELINE, Baselines, baseline_name

CASE = LESSONS[1]
STRANGER = subject_of(Learner)
OURS = Subject(BackendSpec("learner", "parity_suite.ptychography.learner", "Learner"), STRANGER.context)
ALLOWED = 1e-3


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """The folders of the user's and of the project's baselines, both empty."""
    monkeypatch.delenv("PARITY_SEED", raising=False)
    monkeypatch.setattr(trained, "trained_budget", {"lesson16": ALLOWED}.__getitem__)
    monkeypatch.setattr(STRANGER.context.part(Baselines), "folder", tmp_path / "user")
    monkeypatch.setattr(baselines, "resource_folder", tmp_path.joinpath)
    monkeypatch.setitem(STRANGER.context.part(Backends)._loaded, OURS.spec, Learner)
    places = {"user": tmp_path / "user" / "baselines", "project": tmp_path / "snapshots" / "baselines"}
    for place in places.values():
        place.mkdir(parents=True)
    return places


def _content() -> Content:
    return trained_statistics(learned(STRANGER, CASE), CASE)


def _store(folder: Path, content: Content) -> None:
    name = baseline_name("train", CASE, "learner")
    # Not by the suite's own writer, which refuses what is stored wrongly here.
    (folder / f"{name}.json").write_text(json.dumps({"name": name, "outputs": content}), "utf-8")


def _changed(factor: float) -> Content:
    content: Content = json.loads(json.dumps(_content()))
    numbers = content["patches"]["numbers"]
    numbers["rms"] *= factor
    return content


def _red(outcomes: list[Outcome]) -> list[str]:
    return [one.output for one in outcomes if not (isinstance(one, Bound) and one.of_limit <= 1)]


def _run(subject: Subject = STRANGER) -> list[Outcome]:
    return [one for one in baseline(subject, "train", CASE) if isinstance(one, Bound)]


@pytest.mark.parametrize("subject", [STRANGER, OURS])
def test_nothing_stored_is_missing(subject: Subject) -> None:
    with pytest.raises(Missing, match=f"^{NO_BASELINE}$"):
        _run(subject)


def test_what_is_stored_is_held(folders: dict[str, Path]) -> None:
    _store(folders["user"], _content())
    outcomes = _run()
    assert _red(outcomes) == []
    labels = {one.output.partition(" rms")[0] for one in outcomes if isinstance(one, Bound) and " rms" in one.output}
    assert labels == {"losses", "scale", "training patches", "patches"}


@pytest.mark.parametrize("factor", [1 + 2 * ALLOWED, 1 - 2 * ALLOWED])
def test_a_number_that_changed_is_red_and_named_with_both_values(folders: dict[str, Path], factor: float) -> None:
    _store(folders["user"], _changed(factor))
    (red,) = _red(_run())
    now = _content()["patches"]["numbers"]["rms"]
    assert red == f"patches rms, stored {now * factor}, now {now}"


def test_a_number_within_the_spread_is_green(folders: dict[str, Path]) -> None:
    _store(folders["user"], _changed(1 + ALLOWED / 2))
    assert _red(_run()) == []


@pytest.mark.parametrize("side", ["stored", "now"])
def test_a_number_that_is_new_or_gone_is_red(folders: dict[str, Path], side: str) -> None:
    content = _changed(1.0)
    numbers = content["patches"]["numbers"]
    if side == "stored":
        numbers["kurtosis"] = 3.0
    else:
        del numbers["rms"]
    _store(folders["user"], content)
    assert len(_red(_run())) == 1


def test_the_projects_baseline_is_for_its_own_backends_alone(folders: dict[str, Path]) -> None:
    _store(folders["project"], _content())
    assert _red(_run(OURS)) == []
    with pytest.raises(Missing):
        _run(STRANGER)


def test_the_users_own_goes_before_the_projects(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    _store(folders["user"], _content())
    _store(folders["project"], _changed(2.0))
    assert _red(_run(OURS)) == []
    monkeypatch.setattr(STRANGER.context.part(Baselines), "folder", None)
    assert len(_red(_run(OURS))) == 1


def test_where_no_spread_was_measured_nothing_is_held(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _store(folders["user"], _changed(2.0))
    cuda: Any = subject_of(Learner)
    with pytest.raises(Missing, match="no baseline for cuda"):
        _run(Subject(cuda.spec, cuda.context, "cuda"))
    monkeypatch.setenv("PARITY_SEED", "3")
    with pytest.raises(Missing, match="no baseline for PARITY_SEED 3"):
        _run()


@pytest.mark.parametrize("change", [lambda x: np.flip(x, 1), lambda x: np.flip(x, 2), np.conj])
def test_a_mirror_image_and_a_conjugate_leave_the_baseline(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], Any]
) -> None:
    _store(folders["user"], _content())
    plain = trained.infer
    monkeypatch.setattr(trained, "infer", lambda *given: change(plain(*given)).copy())
    assert any(name.startswith("patches ") for name in _red(_run()))
