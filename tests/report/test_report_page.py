"""The page of a run as text: whole, of bounded size, and of nobody else's making."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from runs import failed, held, idle, run

from parity_suite.core.finding import Finding, LedgerNote, LedgerOutcome
from parity_suite.core.way import Raised
from parity_suite.report import html, page
from parity_suite.report.difference import difference
from parity_suite.report.html import render_page

HOSTILE = "</script><img src=x onerror=alert(1)>&\x1b[31m\u202e"


def rendered(*findings: Finding, folder: Path = Path("nowhere"), **more: Any) -> str:
    return render_page(run(findings, **more), folder, folder)


def rows(text: str) -> list[list[Any]]:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    given: list[list[Any]] = json.loads(found[1])
    return given


def test_it_asks_nothing_of_a_network() -> None:
    text = rendered(held(), failed("adjoint"), idle("energy"))
    addresses = re.findall(r'(?:src|href|action|srcset)\s*=\s*"([^"]*)"', text) + re.findall(r"url\(([^)]*)\)", text)
    assert addresses
    assert [one for one in addresses if not one.startswith(("#", "data:"))] == []
    assert "@import" not in text


def test_only_the_script_of_the_page_may_run() -> None:
    text = rendered(failed())
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'\"" in text
    assert "default-src 'none'" in text
    assert not re.search(r"\son\w+=", text)


@pytest.mark.parametrize(
    "finding",
    [
        failed(reason=HOSTILE, decided_by="", measured=()),
        failed(looks_like=HOSTILE, facts={"shown": HOSTILE}),
        failed(raised=Raised(HOSTILE, HOSTILE, HOSTILE, 1, HOSTILE)),
        failed(ledger=LedgerNote(HOSTILE, LedgerOutcome.OTHERWISE)),
        idle(reason=HOSTILE),
    ],
    ids=["reason", "fact", "exception", "ledger", "not run"],
)
def test_what_a_stranger_wrote_stays_text(finding: Finding) -> None:
    text = rendered(finding)
    assert "<img" not in text
    assert text.count("</script>") == 2
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_same_of_what_the_record_says_of_the_run() -> None:
    facts = {"errors": [HOSTILE], "snapshot_changes": [HOSTILE], "contract_changes": [HOSTILE]}
    environment = {"machine": {HOSTILE: HOSTILE}, "run": {"command": HOSTILE}, "backends": {HOSTILE: {"a": HOSTILE}}}
    entry = dict.fromkeys(("entry", "owner", "expires", "reason"), HOSTILE)
    account = {**entry, "pinned": False, **dict.fromkeys(("as_said", "passed", "otherwise", "expired", "not_run"), 1)}
    one = run(
        [held()], facts=facts, environment=environment, partial=HOSTILE, inputs={HOSTILE: HOSTILE}, accounts=(account,)
    )
    text = render_page(one, Path("nowhere"), Path("nowhere"), difference(one, run([], environment={})))
    assert "&lt;img" in text
    assert "<img" not in text
    assert "\x1b" not in text


def test_verdict_and_what_made_it_so() -> None:
    red = rendered(held(), failed("adjoint"), facts={"errors": ["backend b ran nothing"]})
    assert "<h1>parity: red</h1>" in red
    why = re.findall(
        r"<li>(?:<a href=\"#cause-\d+\">)?(.*?)(?:</a>)?</li>", red.split('class="why"')[1].split("</ol>")[0]
    )
    assert why == ["mine translate: semantic, another meaning, not round-off (1 check)", "backend b ran nothing"]
    assert "<h1>parity: green</h1>" in rendered(held())
    known = failed("adjoint", ledger=LedgerNote("entry 1", LedgerOutcome.AS_SAID))
    assert "1 check failed as the ledger says" in rendered(known, facts={})
    assert "No check was asked" in rendered()


def test_a_run_that_only_pytest_calls_red_says_so() -> None:
    ended = run([held()])
    other = type(ended)(**{**vars(ended), "facts": type(ended.facts)(exit_status=3)})
    text = render_page(other, Path("nowhere"), Path("nowhere"))
    assert "pytest ended with exit code 3" in text


def test_a_row_has_all_that_the_filters_ask_for() -> None:
    text = rendered(held("energy", stage="diffract"), failed("adjoint"), idle("oracle"))
    wrong, right, out = rows(text)
    assert wrong[:9] == [failed("adjoint").check, "translate", "mine", "adjoint", "red", "semantic", "1e+03", 0.25, 1]
    assert right[1:7] == ["diffract", "mine", "energy", "ok", "ok", "0.5"]
    assert right[8:] == [0, ""]
    assert out[4:6] == ["not run", "not-run"]
    assert out[9] == "no CUDA device here"


def test_texts_beyond_their_bound_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_MOST_TEXT", 10)
    first, second = rows(rendered(failed("a"), failed("b")))
    assert "semantic" in first[9]
    assert second[9] == "its text is left out: the record has it"


def test_long_lists_end_with_how_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    html._template.cache_clear()
    monkeypatch.setattr(html, "_LISTED", 2)
    try:
        text = rendered(*(failed(f"law{k}") for k in range(5)))
    finally:
        html._template.cache_clear()
    assert "… and 3 checks more; the record has all." in text


def test_what_the_run_drew_is_part_of_the_page_as_far_as_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "_MOST_DRAWN", 12)
    (tmp_path / "a.png").write_bytes(b"0123456789")
    (tmp_path / "b.png").write_bytes(b"0123456789")
    (tmp_path / "secret").write_bytes(b"s")
    (tmp_path / "0.png").symlink_to(tmp_path / "secret")
    (tmp_path / "1.png").mkdir()
    os.mkfifo(tmp_path / "2.png")
    text = rendered(held(), folder=tmp_path)
    assert text.count(base64.b64encode(b"0123456789").decode()) == 1
    assert "<li><code>b.png</code></li>" in text
    assert text.count(".png</code>") == 2
