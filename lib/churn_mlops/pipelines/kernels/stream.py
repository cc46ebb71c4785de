"""A kernel's standard streams: ipykernel's, but for what a flush of nothing costs."""

from ipykernel.iostream import OutStream


class Stream(OutStream):
    """Passes over a flush where nothing was written since the last one.

    ipykernel flushes both streams six times a cell and each time waits for its thread that sends: 1 ms in all.
    """

    _unsent = False

    def write(self, string: str) -> int | None:
        """Write; noted only then, so that a flush by another thread in between is one too many and not one too few."""
        written = super().write(string)
        self._unsent = True
        return written

    def flush(self) -> None:
        """Send what was written."""
        if self._unsent:
            self._unsent = False
            super().flush()
