"""Every error that a user can act on: it names the thing, the rule, the value seen and the cure.

The exit code of the command line is the error's own, so that a scheduler can tell a wrong
parameter (do not try again) from a killed kernel (do).
"""


class ChurnError(Exception):
    """Base of the project's errors; shown as one message, without a traceback."""

    exit_code = 1


class ConfigError(ChurnError):
    """A setting, a parameter or a path that cannot be right; found before any kernel starts."""

    exit_code = 2


class DataError(ChurnError):
    """Data that breaks a rule which the run cannot do without."""

    exit_code = 3


class CheckError(ChurnError):
    """A stage's own check failed: what it made must not be used further."""

    exit_code = 4


class MissingColumns(DataError):
    """Columns that the definition names and the table does not have."""

    def __init__(self, missing, table: str, present):
        from difflib import get_close_matches

        def name(column):
            near = get_close_matches(column, list(present), n=1)
            return f"`{column}`" + (f" (did you mean `{near[0]}`?)" if near else "")

        super().__init__(
            f"{table}: no column {', '.join(map(name, missing))}. "
            f"It has: {', '.join(map(str, present))}. Cure: correct the name in the dataset definition."
        )
