"""Failures on disk: the smallest inputs that show one, what was wanted and given, and a way to ask again."""
