"""The words of the suite as data: stages, cases, checks, findings and causes."""
