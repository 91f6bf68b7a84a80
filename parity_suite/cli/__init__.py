"""The subcommands of ``parity``: each adds its arguments and runs."""
