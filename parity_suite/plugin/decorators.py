"""The decorators that turn a test of one argument into all checks of the given backends, or all faults in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from parity_suite.plugin.bound_check import BoundCheck
    from parity_suite.plugin.selftest_items import BoundFault

Function = TypeVar("Function", bound="Callable[[BoundCheck], None]")
Selftest = TypeVar("Selftest", bound="Callable[[BoundFault], None]")


def parity_checks(*, backends: Sequence[str] = ()) -> Callable[[Function], Function]:
    """Marks ``def test_parity(check): check.run()`` to be run once for each check.

    ``backends`` are ``module:Class`` or ``name=module:Class``. ``--parity-backend`` and ``PARITY_BACKEND`` replace them
    for one run. Without any, they come from the ini key ``parity_backends`` or the entry point group
    ``parity_suite.backends``.
    """
    import pytest

    return pytest.mark.parity(backends=tuple(backends))


def parity_selftest(*, backends: Sequence[str] = ()) -> Callable[[Selftest], Selftest]:
    """Marks ``def test_selftest(fault): fault.run()`` to be run once for each fault in a copy of each backend.

    It passes where the checks see the mistake, and fails where it would go unnoticed; ``backends`` as for
    :func:`parity_checks`. ``pytest -m parity_selftest`` runs these tests and no others.
    """
    import pytest

    return pytest.mark.parity_selftest(backends=tuple(backends))
