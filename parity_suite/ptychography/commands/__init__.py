"""What the command `parity` can do with scans: convert them, and examine them beside their contract."""
