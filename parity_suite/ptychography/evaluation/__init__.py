"""A stitched canvas against the true object: the gauge taken out, then the metrics. Pure NumPy, SciPy, scikit-image.

SciPy and scikit-image are imported where they are used: importing these modules costs no more than NumPy does.
"""
