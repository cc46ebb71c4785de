"""What a family of models is: how to make one from settings, and which settings are worth trying."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One dimension of a search space: a range of numbers, or a few choices."""

    name: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False  # equal ratios are equally far apart, as for a learning rate
    whole: bool = False  # whole numbers only
    choices: tuple = ()  # if any, one of these, and no range


@dataclass(frozen=True)
class Family:
    """Models of one kind, each one scikit-learn object from raw row to probability."""

    name: str
    make: Callable[[dict], object]  # settings -> an unfitted object; what is not set is as in the first of `start`
    space: tuple[Setting, ...] = ()
    start: tuple[dict, ...] = ({},)  # settings tried first, sized by the data; the first is the default

    def default(self):
        """The unfitted object with the settings that suit data of this size before anything is tried."""
        return self.make(self.start[0])
