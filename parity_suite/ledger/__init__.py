"""The ledger: divergences that are known, each with a reason, an owner and an end. Every check of it still runs."""

from parity_suite.ledger.entry import Entry, Outcome, today
from parity_suite.ledger.ledger import Ledger
from parity_suite.ledger.reading import FILE_NAME, read_ledger

__all__ = ["FILE_NAME", "Entry", "Ledger", "Outcome", "read_ledger", "today"]
