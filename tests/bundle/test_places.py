"""What stands in the place of a bundle or of its files is refused before it is read."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest
from bundle_samples import forge, put, refusal

from parity_suite.ptychography.bundle import read_bundle


def test_places_that_hold_no_bundle_are_refused(tmp_path: Path) -> None:
    assert "folder: missing" in refusal(tmp_path / "nowhere")
    assert "manifest.json: missing" in refusal(tmp_path)
    (tmp_path / "file").touch()
    assert "folder: missing" in refusal(tmp_path / "file")
    (tmp_path / "manifest.json").mkdir()
    assert "manifest.json: file: found no regular file" in refusal(tmp_path)


@pytest.mark.parametrize("pattern", ["manifest.json", "*.safetensors"])
def test_links_and_pipes_are_not_followed(tmp_path: Path, folder: Path, pattern: str) -> None:
    (path,) = folder.glob(pattern)
    outside = path.rename(tmp_path / "outside")
    path.symlink_to(outside)
    assert f"{path.name}: file: found a symbolic link" in refusal(folder)
    path.unlink()
    # Opening a pipe would wait for ever.
    os.mkfifo(path)
    assert f"{path.name}: file: found no regular file" in refusal(folder)
    path.unlink()
    outside.rename(path)
    read_bundle(folder)


@pytest.mark.parametrize(("pattern", "size"), [("manifest.json", 2**30), ("*.safetensors", 5 * 2**30)])
def test_huge_files_are_refused_unread(folder: Path, pattern: str, size: int) -> None:
    (path,) = folder.glob(pattern)
    if path.suffix == ".safetensors":
        forge(folder, put("weights_file", "bytes", value=size))
    # Sparse: it takes no room on disk.
    os.truncate(path, size)
    tracemalloc.start()
    try:
        assert f"{path.name}: size: found {size} bytes, wanted at most" in refusal(folder)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
