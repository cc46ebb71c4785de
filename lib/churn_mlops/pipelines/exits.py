"""Exit codes of the command line for what happens to a notebook or a run; those of bad input stand in errors.py."""

CELL_FAILED, KERNEL_DIED, TIMED_OUT, INCOMPLETE, OUT_OF_MEMORY, UNDECLARED = 1, 5, 6, 7, 8, 9
NOT_THE_SAME = 11  # a version was made again, and what came of it is not what the archive has
ALERTED = 12  # monitoring went well, and raised alerts
INTERRUPTED, TERMINATED = 130, 143


class InterruptedTwice(BaseException):
    """The run is to end at once, and what it was making is given up; also after one signal, before it has begun."""

    def __init__(self, exit_code: int = INTERRUPTED):
        super().__init__("to end at once")
        self.exit_code = exit_code
