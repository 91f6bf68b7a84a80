"""A framework's own operations, by which arrays of a contract are written as a backend's functions take them."""
