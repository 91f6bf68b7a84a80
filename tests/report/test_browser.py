"""The page in headless Chromium: from a file, by keyboard, on a phone, on paper and for a screen reader."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from runs import failed, held, idle, run

from parity_suite.core.finding import Finding, Stored
from parity_suite.report import page as page_data
from parity_suite.report.difference import difference
from parity_suite.report.html import render_page

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not here")
CHROMIUM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is here")

DESKTOP: Final = {"width": 1280, "height": 900}
PHONE: Final = {"width": 390, "height": 844}
MANY: Final = 120
ACCOUNT: Final = {
    **dict.fromkeys(("entry", "owner", "expires", "reason"), "text"),
    **dict.fromkeys(("as_said", "passed", "otherwise", "expired", "not_run"), 1),
    "pinned": False,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        # As root, in a container, there is no sandbox to be had.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        found = started.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield found
        found.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Opens a page of findings in a view of a size, and holds that it asked nothing and complained of nothing."""
    pages, told = [], []

    def show(text: str, view: dict[str, int] = DESKTOP) -> Any:
        path = tmp_path / "report.html"
        path.write_text(text, "utf-8")
        shown = browser.new_page(viewport=view)
        shown.on("pageerror", lambda error: told.append(str(error)))
        shown.on("console", lambda said: told.append(said.text))
        shown.on("request", lambda asked: told.append(asked.url) if asked.url[:5] not in ("file:", "data:") else None)
        shown.goto(path.as_uri())
        pages.append(shown)
        return shown

    yield show
    for one in pages:
        one.close()
    assert told == []


def whole(monkeypatch: pytest.MonkeyPatch) -> str:
    """A page that has all that a page can have."""
    rng = np.random.default_rng(0)
    want = {"images": rng.random((3, 8, 8)) + 1j, "counts": rng.random(50)}
    kept = (["smallest input: a"], list(page_data.pictures_of({k: v * 2 for k, v in want.items()}, want)), "the input")
    monkeypatch.setattr(page_data.Album, "of", lambda *_: kept)
    wrong = [failed("adjoint"), failed(stage="diffract", subject="other")]
    about = {"accounts": (ACCOUNT,), "inputs": {"star": "0" * 64}, "partial": "it was cut short"}
    facts = {"errors": ["backend b ran nothing"], "ledger": "parity-ledger.toml", "snapshot_changes": ["a: b: 1 -> 2"]}
    here = run([*wrong, *(held(f"law{k}") for k in range(MANY)), idle()], facts=facts, **about)
    base = run([held("adjoint"), held("gone"), held("law3", off=0.1)], environment={"machine": {"python": "3.12"}})
    return render_page(here, Path("nowhere"), Path("nowhere"), difference(here, base))


def rows(shown: Any) -> int:
    return int(shown.locator("#rows tr").count())


def found(shown: Any) -> str:
    return str(shown.locator("#found").inner_text())


@pytest.mark.parametrize("view", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("findings", [None, [held()], []], ids=["red", "green", "nothing"])
def test_axe_finds_nothing(
    opened: Any, monkeypatch: pytest.MonkeyPatch, findings: list[Finding] | None, view: dict[str, int]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not here").Axe()
    text = whole(monkeypatch) if findings is None else render_page(run(findings), Path("nowhere"), Path("nowhere"))
    result = axe.run(opened(text, view))
    assert result.violations_count == 0, result.generate_report()


def test_a_phone_scrolls_no_sideways(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = opened(whole(monkeypatch), PHONE)
    assert shown.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_rows_are_shown_in_parts_and_the_focus_goes_on(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = opened(whole(monkeypatch))
    assert (rows(shown), found(shown)) == (50, f"{MANY + 3} of {MANY + 3} findings, the first 50 shown")
    shown.locator("#more").press("Enter")
    assert rows(shown) == 100
    assert shown.evaluate("[...document.querySelectorAll('#rows tr')].indexOf(document.activeElement)") == 50
    shown.locator("#more").press("Enter")
    assert rows(shown) == MANY + 3
    assert not shown.locator("#more").is_visible()
    assert found(shown) == f"{MANY + 3} of {MANY + 3} findings"


@pytest.mark.parametrize(
    ("field", "value", "count"),
    [
        ("state", "red", 2),
        ("state", "not run", 1),
        ("subject", "other", 1),
        ("stage", "diffract", 1),
        ("law", "law7", 1),
        ("cause", "1", 1),
    ],
)
def test_each_filter_leaves_what_it_names(
    opened: Any, monkeypatch: pytest.MonkeyPatch, field: str, value: str, count: int
) -> None:
    shown = opened(whole(monkeypatch))
    shown.select_option(f"#{field}", value)
    assert rows(shown) == count
    shown.get_by_role("button", name="clear").click()
    # From outside: the page's own policy lets nothing be evaluated in it a second time.
    playwright.expect(shown.locator("#rows tr")).to_have_count(50)


def test_the_search_takes_all_words_in_ids_and_texts(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = opened(whole(monkeypatch))
    for words, count in (("ADJOINT mine", 1), ("law11", 11), ("cuda device", 1), ("adjoint diffract", 0)):
        shown.fill("#search", words)
        assert rows(shown) == count, words


def test_the_order_is_as_said(opened: Any) -> None:
    findings = [held("a", off=0.2, seconds=0.1), held("b", off=0.9, seconds=0.2), held("c", off=0.1, seconds=0.3)]
    shown = opened(render_page(run(findings), Path("nowhere"), Path("nowhere")))
    for order, laws in (("", "abc"), ("6", "bac"), ("7", "cba")):
        shown.select_option("#order", order)
        assert [text.split(".")[1][0] for text in shown.locator("#rows code").all_inner_texts()] == list(laws)


def test_a_count_of_the_grid_and_a_cause_lead_to_their_findings(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = opened(whole(monkeypatch))
    shown.select_option("#law", "law7")
    shown.locator("#grid a", has_text="1 not run").click()
    playwright.expect(shown.locator("#rows tr")).to_have_count(1)
    assert shown.locator("#rows .verdict").inner_text() == "not-run"
    shown.locator("#cause-2 .to-table a").click()
    playwright.expect(shown.locator("#rows .verdict")).to_have_text("semantic")
    assert rows(shown) == 1


def test_all_can_be_reached_by_keyboard(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = opened(whole(monkeypatch))
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.textContent") == "Skip to the report"
    assert shown.locator(":focus").bounding_box()["x"] >= 0
    reached = set()
    for _ in range(200):
        shown.keyboard.press("Tab")
        reached.add(shown.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"search", "state", "law", "order", "SUMMARY", "A"} <= reached


def test_a_text_opens_below_its_check(opened: Any) -> None:
    shown = opened(render_page(run([failed()]), Path("nowhere"), Path("nowhere")))
    assert not shown.locator("#rows pre").is_visible()
    shown.locator("#rows summary").press("Enter")
    assert "semantic: another meaning, not round-off" in shown.locator("#rows pre").inner_text()


def test_on_paper_there_are_the_pictures_and_no_controls(
    opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown = opened(whole(monkeypatch))
    shown.emulate_media(media="print")
    for name in ("nav", "form", "#more", ".to-table"):
        assert not shown.locator(name).first.is_visible(), name
    shown.pdf(path=str(tmp_path / "page.pdf"))
    assert shown.locator("img").evaluate_all("all => all.every((one) => one.complete && one.naturalWidth > 0)")


def test_pictures_are_told_in_words(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = opened(whole(monkeypatch))
    assert shown.locator(".card img").count() == 12
    assert shown.locator(".card img").first.get_attribute("alt").startswith("got, from ")
    assert shown.locator(".card svg[role=img]").first.is_visible()


def test_without_scripts_it_says_where_the_findings_are(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(render_page(run([failed()]), Path("nowhere"), Path("nowhere")), "utf-8")
    shown = browser.new_page(java_script_enabled=False)
    shown.goto((tmp_path / "report.html").as_uri())
    assert "needs a script" in shown.locator("#findings").inner_text()
    assert shown.locator("#cause-1").is_visible()
    shown.close()


def test_the_whole_of_a_failure_that_is_gone_is_no_picture() -> None:
    text = render_page(run([failed(replay=Stored("failures/gone", alone="yes"))]), Path("nowhere"), Path("nowhere"))
    assert "data:image" not in text
    assert "parity replay failures/gone" in text
