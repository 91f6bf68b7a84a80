"""The proof that the checks can fail: every fault of the gallery put into a backend, and which checks see it."""
