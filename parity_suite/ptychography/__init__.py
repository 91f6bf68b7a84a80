"""The pack of ptychography."""
