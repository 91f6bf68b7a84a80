"""Comparison: errors, budgets, verdicts, escalation and tracing, in pure NumPy and without knowledge of any backend."""
