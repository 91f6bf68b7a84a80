"""Files of other programs: their names in words, what they hold, and the way into a raw dataset."""
