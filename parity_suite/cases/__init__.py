"""Cases: the concrete inputs of every stage, probing (small and hostile), synthetic (recipes) and real (files)."""
