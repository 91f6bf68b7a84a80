"""Laws: properties that a stage must obey, each a small function of (subject, stage, case), run on every backend."""
