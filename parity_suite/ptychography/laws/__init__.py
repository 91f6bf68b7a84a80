"""Laws of ptychography: what its stages, models and bundles must obey beside what any stage must."""
