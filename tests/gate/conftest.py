"""The project that pull requests are made to is no part of these tests."""

collect_ignore = ["project"]
