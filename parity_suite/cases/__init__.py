"""Cases: the concrete inputs of every stage: made by the pack, synthetic (recipes) and real (files)."""
