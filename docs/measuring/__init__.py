"""What the scripts ``docs/measure_*.py`` measure with. Both frameworks are imported here: nothing in a wheel is."""
