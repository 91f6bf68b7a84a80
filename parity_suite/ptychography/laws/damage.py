"""Ways to spoil a folder of files of whatever format."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

Spoil = Callable[[Path], None]


def damaged_copies(bundle: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Copies of a bundle, each spoilt in one way, with what was done to it."""
    for number, (what, name, spoil) in enumerate(_damages(bundle)):
        copy = folder / f"damaged{number}"
        shutil.copytree(bundle, copy)
        spoil(copy / name)
        yield what, copy


def _damages(bundle: Path) -> Iterator[tuple[str, Path, Spoil]]:
    for path in sorted(p for p in bundle.rglob("*") if p.is_file()):
        name = path.relative_to(bundle)
        yield f"{name} deleted", name, Path.unlink
        if not path.stat().st_size:
            continue
        for what, share in (("emptied", 0.0), ("cut in half", 0.5)):
            yield f"{name} {what}", name, partial(_cut, share=share)
        for share in (0.1, 0.5, 0.98):
            yield f"{name} with a bit flipped at {share:.0%}", name, partial(_flip, share=share)
        for keys in _leaves(path):
            yield f"{name} without {'.'.join(map(str, keys))}", name, partial(_without, keys=keys)


def _cut(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])


def _flip(path: Path, share: float) -> None:
    content = bytearray(path.read_bytes())
    content[int(share * (len(content) - 1))] ^= 0x04
    path.write_bytes(content)


def _leaves(path: Path) -> Iterator[tuple[Any, ...]]:
    """The keys of a JSON object that stand for a scale, at any depth; none where the file is no JSON."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (ValueError, UnicodeDecodeError):
        return
    yield from _scales(content, ())


def _scales(node: Any, above: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        if "scale" in str(key):
            yield (*above, key)
        yield from _scales(value, (*above, key))


def _without(path: Path, keys: tuple[Any, ...]) -> None:
    content = json.loads(path.read_text("utf-8"))
    node = content
    for key in keys[:-1]:
        node = node[key]
    del node[keys[-1]]
    path.write_text(json.dumps(content), "utf-8")
