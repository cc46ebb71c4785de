"""The command line: parse, call, print. One module a command, loaded when it is called; answers take --json."""

from churn_mlops.cli.door import main

__all__ = ["main"]
