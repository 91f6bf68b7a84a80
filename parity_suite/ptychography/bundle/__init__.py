"""The reference bundle format: a trained model as a folder with a JSON manifest and its tensors.

Names resolve on first use, so that importing the package imports no NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity_suite.core.lazy import getattr_of

if TYPE_CHECKING:
    from .manifest import FORMAT
    from .model import Bundle, BundleError
    from .read import read_bundle
    from .validate import check_weights
    from .write import write_bundle

__all__ = ["FORMAT", "Bundle", "BundleError", "check_weights", "read_bundle", "write_bundle"]

_HOMES = {
    "FORMAT": "manifest",
    "Bundle": "model",
    "BundleError": "model",
    "check_weights": "validate",
    "read_bundle": "read",
    "write_bundle": "write",
}

__getattr__ = getattr_of(__name__, _HOMES)
