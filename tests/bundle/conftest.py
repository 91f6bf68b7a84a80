"""A bundle, and a folder that holds it."""

from __future__ import annotations

from pathlib import Path

import pytest
from bundle_samples import make_bundle

from parity_suite.ptychography.bundle import Bundle, write_bundle


@pytest.fixture
def bundle() -> Bundle:
    return make_bundle()


@pytest.fixture
def folder(tmp_path: Path, bundle: Bundle) -> Path:
    """A folder with the bundle in it."""
    write_bundle(tmp_path / "bundle", bundle)
    return tmp_path / "bundle"
