"""Backends made wrong on purpose, each in one way, to prove that a check can fail.

A copy of one's own backend with a fault in it::

    Wrong = faulty(MyBackend, FAULTS["offset_sign"])
"""

from __future__ import annotations

from parity_suite.faults.copy import faulty
from parity_suite.faults.fault import Fault
from parity_suite.faults.gallery import FAULTS
from parity_suite.faults.need import Need

__all__ = ["FAULTS", "Fault", "Need", "faulty"]
