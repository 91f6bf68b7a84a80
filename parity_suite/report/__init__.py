"""Renderings of findings: the record (JSON), the terminal's verdict and the text of a failure."""
