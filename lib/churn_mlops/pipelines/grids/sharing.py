"""Which runs of a grid have stages in common, so that one makes them and the others reuse them."""

from churn_mlops.archive.digest import digest_json
from churn_mlops.pipelines.grids.grid import Setting
from churn_mlops.pipelines.request import Request, forced_stages, wanted_stages
from churn_mlops.pipelines.stage import Stage, comes_before


class Sharing:
    """Says which setting may start: none waits but for a stage that another is making at this moment."""

    def __init__(self, stages: tuple[Stage, ...], request: Request, settings: list[Setting], there: set[str]):
        """`there` are the names of the stages that the first setting finds in the archive."""
        self.needs = {s.number: set(_needs(stages, request, s).values()) for s in settings}
        self.made = {digest for name, digest in _needs(stages, request, settings[0]).items() if name in there}
        self.waiting = list(self.needs)
        self.running: set[int] = set()

    def next(self) -> int | None:
        """Start the first setting that may, and return its number; None where all that wait have to."""
        making = set().union(*(self.needs[number] for number in self.running)) - self.made
        for number in self.waiting:
            if not self.needs[number] & making:
                self.waiting.remove(number)
                self.running.add(number)
                return number
        return None

    def end(self, number: int, succeeded: bool) -> None:
        """A setting has ended; what it has made is there for the others."""
        self.running.remove(number)
        if succeeded:
            self.made |= self.needs[number]


def _needs(stages: tuple[Stage, ...], request: Request, setting: Setting) -> dict[str, str]:
    """A digest for each stage whose result can be shared: its parameters and those of all that comes before."""
    wanted = wanted_stages(stages, request)
    forced = forced_stages(wanted, request)
    told: dict[Stage, str] = {}
    for stage in wanted:
        own = {name: v for name, v in setting.values.items() if name.partition(".")[0] == stage.key}
        told[stage] = digest_json([stage.name, own, [told[other] for other in comes_before(wanted, stage)]])
    return {stage.name: digest for stage, digest in told.items() if stage not in forced}
