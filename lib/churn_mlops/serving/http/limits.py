"""How much may be asked, how often at once, and how long it may take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of one process; beyond them a request is refused at once, with when to come again."""

    body_bytes: int = 1_000_000  # of a request with one row
    batch_bytes: int = 64_000_000  # of a batch
    body_seconds: float = 10.0  # until a body has come whole
    answer_seconds: float = 30.0  # until an answer is there
    at_once: int = 256  # requests being dealt with
    batches_at_once: int = 2  # of these batches and what else takes a thread

    def body(self, path: str) -> int:
        """The most bytes of a body to this path."""
        return self.batch_bytes if path == "/predict/batch" else self.body_bytes
