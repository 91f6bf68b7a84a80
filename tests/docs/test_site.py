"""Every link of a page holds on GitHub and in the site, and every page is in the site's list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import site_hook

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _prose(page: Path) -> str:
    return re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.M | re.S)


def _anchors(page: Path) -> set[str]:
    """Those of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        assert not anchor or anchor in _anchors(there), target


def test_there_is_a_link_to_a_heading() -> None:
    assert any(re.search(r"\.md#[a-z-]+\)", _prose(page)) for page in PAGES)


def test_every_page_is_in_the_list_of_the_site() -> None:
    text = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r": ([\w/-]+\.md)$", text, re.M)
    assert len(listed) == len(set(listed))
    contracts = {f"contracts/{page.name}" for page in (ROOT / "docs" / "contracts").glob("*.md")} - {
        "contracts/README.md"
    }
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")} - contracts
    assert set(listed) == pages | set(site_hook.ABOVE.values())


@pytest.mark.parametrize(
    ("page", "text", "made"),
    [
        ("index.md", "[a](docs/laws.md)", "[a](laws.md)"),
        ("index.md", "![a](docs/pictures/report.png)", "![a](pictures/report.png)"),
        ("ci.md", "[a](trust.md#checks) [b](#what-to-copy)", "[a](trust.md#checks) [b](#what-to-copy)"),
        ("public.md", "[a](../CHANGELOG.md)", "[a](changelog.md)"),
        ("contracts/raw.md", "[a](../contracts.md)", "[a](../contracts.md)"),
        ("contracts/raw.md", "[a](../../README.md)", "[a](../index.md)"),
        ("ci.md", "[`ci/github.yml`](../ci/github.yml)", "`ci/github.yml`"),
        ("ci.md", "```\n[a](nowhere.md)\n```\n", "```\n[a](nowhere.md)\n```\n"),
        ("ci.md", "[a](https://example.org/x.md)", "[a](https://example.org/x.md)"),
    ],
)
def test_a_link_becomes_that_of_the_site(page: str, text: str, made: str) -> None:
    assert site_hook.linked(text, page) == made


def test_a_link_to_what_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"docs/ci\.md: gone\.md does not exist"):
        site_hook.linked("[a](gone.md)", "ci.md")
