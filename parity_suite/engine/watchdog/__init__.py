"""The time limit of a check, kept by a process of its own: what holds the interpreter cannot hold that one."""
