"""The trial of a measured scan: whether its patterns, probe, positions and object can be true together."""
