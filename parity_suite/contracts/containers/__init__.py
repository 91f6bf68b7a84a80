"""Reading containers: nothing executed, unpacked or followed out of the file, and no more memory than a limit."""

from __future__ import annotations

from parity_suite.contracts.containers.folder import files_in
from parity_suite.contracts.containers.kind import kind_of, open_container
from parity_suite.contracts.containers.tree import document_values
from parity_suite.contracts.holding import OpenContainer

__all__ = ["OpenContainer", "document_values", "files_in", "kind_of", "open_container"]
