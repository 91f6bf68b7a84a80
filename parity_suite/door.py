"""The decorator that turns a test of one argument into all checks of the given backends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from parity_suite.binding import BoundCheck

Function = TypeVar("Function", bound="Callable[[BoundCheck], None]")


def parity_checks(*, backends: Sequence[str] = ()) -> Callable[[Function], Function]:
    """Marks ``def test_parity(check): check.run()`` to be run once for each check.

    ``backends`` are ``module:Class`` or ``name=module:Class``. ``--parity-backend`` and ``PARITY_BACKEND`` replace them
    for one run. Without any, they come from the ini key ``parity_backends`` or the entry point group
    ``parity_suite.backends``.
    """
    import pytest

    return pytest.mark.parity(backends=tuple(backends))
