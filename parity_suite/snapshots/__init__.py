"""Statistics that are stored, and the list of checks beside them."""
