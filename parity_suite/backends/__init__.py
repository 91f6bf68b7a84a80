"""Backends: the protocol, the registry, the oracle and the reference implementations, one folder a framework."""
