"""How checks are enumerated, asked and judged."""
