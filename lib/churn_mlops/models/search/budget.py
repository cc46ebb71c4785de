"""How much a search may try."""

from dataclasses import dataclass

from churn_mlops.errors import ConfigError


@dataclass(frozen=True)
class Budget:
    """So many trials, or, when `seconds` is not 0, as many as begin and probably end within so many seconds.

    Trials give the same result on any machine; of seconds the number of trials that were done gives it again.
    """

    trials: int = 0
    seconds: float = 0.0

    def __post_init__(self):
        if not (self.trials >= 0 and 0 <= self.seconds < float("inf")) or not (self.trials or self.seconds):
            raise ConfigError(
                f"a budget of {self.trials} trials and {self.seconds:g} seconds: expected at least one trial, or "
                "more than 0 seconds. Cure: set train.trials, or train.budget_s."
            )

    def left(self, trials: int, rounds: list[float]) -> int:
        """How many more trials may be run after so many, whose batches took so many seconds; 0: the search ends.

        By seconds there is always a first batch, and another one as long as the longest of the last three would fit.
        """
        if not self.seconds:
            return max(0, self.trials - trials)
        return int(1e9) if not rounds or sum(rounds) + max(rounds[-3:]) <= self.seconds else 0
