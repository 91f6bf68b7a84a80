"""Makes a site of the pages as they are read on GitHub: ``mkdocs build`` calls it by the names of its events.

The README and the list of changes lie above the pages, and are pages of the site. A link to any other file beside them
is the name of the file there, once it is known to exist.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: Files above the pages, and the pages that they become.
ABOVE = {"README.md": "index.md", "CHANGELOG.md": "changelog.md"}
_FENCED = re.compile(r"(^ *```.*?^ *```)", re.M | re.S)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages that lie above the others."""
    from mkdocs.structure.files import File

    for source, page in ABOVE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text("utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The text of a page with the links of the site."""
    return linked(markdown, page.file.src_uri)


def linked(markdown: str, page: str) -> str:
    """The text of a page, outside of blocks of code, with links that hold in the site; ``FileNotFoundError``."""
    source = next((above for above, name in ABOVE.items() if name == page), f"docs/{page}")
    parts = _FENCED.split(markdown)
    parts[::2] = [_LINK.sub(lambda found: _link(found, source, page), part) for part in parts[::2]]
    return "".join(parts)


def _link(found: re.Match[str], source: str, page: str) -> str:
    image, text, target = found.groups()
    if re.match(r"[a-z]+:|#", target):
        return found[0]
    path, mark, anchor = target.partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if not (ROOT / path).exists():
        raise FileNotFoundError(f"{source}: {target} does not exist")
    there = ABOVE.get(path, path.removeprefix("docs/") if path.startswith("docs/") else "")
    if not there:
        return text
    return f"{image}[{text}]({posixpath.relpath(there, posixpath.dirname(page) or '.')}{mark}{anchor})"
