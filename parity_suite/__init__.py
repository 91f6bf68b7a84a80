"""parity-suite: says whether two implementations of the same physics agree, where they part, and why.

In a test file of any repository::

    from parity_suite import parity_checks

    @parity_checks(backends=["mypackage.parity:TensorFlow", "mypackage.parity:Torch"])
    def test_parity(check):
        check.run()
"""

from __future__ import annotations

from parity_suite.plugin.decorators import parity_checks, parity_selftest

__all__ = ["parity_checks", "parity_selftest"]
