"""Every error that a user can act on: it names the thing, the rule, the value seen and the cure.

The exit code of the command line is the error's own, so that a scheduler can tell a wrong
parameter (do not try again) from a killed kernel (do). All of them stand here, because the runner
knows an error that a notebook raised by its name alone.
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

    def __init__(self, missing, table: str, present, cure: str = "correct the name in the dataset definition"):
        from difflib import get_close_matches

        def name(column):
            near = get_close_matches(column, list(present), n=1)
            return f"`{column}`" + (f" (did you mean `{near[0]}`?)" if near else "")

        super().__init__(
            f"{table}: no column {', '.join(map(name, missing))}. It has: {', '.join(map(str, present))}. Cure: {cure}."
        )


class InvalidSimulator(ConfigError):
    """The `[simulator]` table holds something that it can not."""

    def __init__(self, problems: list[str]):
        listed = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"{len(problems)} mistake{'s' * (len(problems) > 1)} in [simulator]:{listed}")


class UntrustedModel(DataError):
    """A model file that holds, or a model that would need, a type which is not on the list."""

    def __init__(self, path, types):
        super().__init__(
            f"{path}: holds types that are not trusted: {', '.join(types)}. A model file may only hold what skops "
            "knows and what `churn_mlops.models.persistence.TRUSTED` names. Cure: load only files that this "
            "project wrote; for a new kind of model, review the type and add it there."
        )


class GateFailed(CheckError):
    """A gate that a run must not go past has failed; `gate` has a name and a message."""

    def __init__(self, gate):
        super().__init__(f"gate `{gate.name}`: {gate.message}")


class RegistryError(ChurnError):
    """The champion pointer cannot be read or trusted."""


class AuditDamaged(RegistryError):
    """The audit log is not as it was written, so nothing is added to it and nothing told from it."""

    exit_code = 4

    def __init__(self, path, what: str, seen: str):
        super().__init__(
            f"{path}: {what}: {seen}. Cure: python pipeline.py audit verify names all; put the log back from a copy "
            "of the archive."
        )


class ActRefused(ChurnError):
    """A model stays what it is: what was asked for is against the rules."""

    exit_code = 4

    def __init__(self, act: str, version: str, reason: str, cure: str):
        super().__init__(f"{act} {version}: {reason}. Cure: {cure}.")


class PromotionRefused(ChurnError):
    """The pointer stays where it is: what should become champion cannot."""

    exit_code = 4

    def __init__(self, dataset: str, version: str, reason: str, cure: str):
        super().__init__(f"champion of `{dataset}` stays: {version}: {reason}. Cure: {cure}.")


class GenerationMoved(PromotionRefused):
    """Another promotion came first: the comparison was made with a champion that serves no longer."""

    def __init__(self, dataset: str, version: str, expected: int, seen: int):
        self.expected, self.seen = expected, seen
        reason = f"compared with generation {expected} of the pointer, which is at {seen} by now"
        super().__init__(dataset, version, reason, "compare with the present champion and decide again")


class ArchiveDamaged(CheckError):
    """A file of the archive is not what it was when it was published."""

    def __init__(self, path, rule: str, seen: str, cure: str):
        super().__init__(f"{path}: {rule}; {seen}. Cure: {cure}.")


class DrillError(ChurnError):
    """The drill cannot go on: a command that should succeed does not, so nothing can be said of what it was to show."""

    exit_code = 4

    def __init__(self, seen: str):
        super().__init__(f"drill: {seen}. Cure: run that command in a copy of the project, with --debug.")


class UnreadableFile(DataError, ValueError):
    """A file that does not hold what such a file holds; nothing of it is used."""

    def __init__(self, path, expected: str, seen: str, cure: str = "python pipeline.py verify; or make it again"):
        super().__init__(f"{path}: {expected}; {seen}. Cure: {cure}.")


class TransferRefused(ChurnError):
    """An archive of a version that is not taken in, or a version that is not put into one: nothing was changed."""

    exit_code = 4

    def __init__(self, path, seen: str, cure: str):
        super().__init__(f"{path}: refused: {seen}. Cure: {cure}.")


class ClusterError(ChurnError):
    """The Dask cluster that calls were to run on: not there, lost, or not like this machine."""

    exit_code = 10

    def __init__(self, address: str, seen: str, cure: str):
        super().__init__(f"cluster {address}: {seen}. Cure: {cure}, or run without --scheduler and CHURN_SCHEDULER.")


class WatcherThere(ChurnError):
    """Another process watches this archive already; two would get in each other's way."""

    exit_code = 13

    def __init__(self, runs, holder: str):
        super().__init__(f"{runs}: is watched already: {holder}. Cure: end that one first, or leave it to it.")
