"""Work that takes more than a moment, beside the loop that answers: a few at a time, each within its time."""

import asyncio
import json

from fastapi import Response

from churn_mlops.serving.http.errors import Refusal
from churn_mlops.serving.http.limits import Limits


def as_json(value, status: int = 200, headers: dict | None = None) -> Response:
    """An answer as JSON."""
    return Response(json.dumps(value, allow_nan=False), status, headers, media_type="application/json")


class Threads:
    """Counts what is under way: a thread cannot be ended from outside, so its place is free when it is done."""

    def __init__(self, limits: Limits):
        self.limits, self.busy = limits, 0

    async def run(self, call) -> Response:
        """What `call` gives, as JSON."""
        return await self.do(lambda: as_json(call()))

    async def do(self, call):
        """What `call` gives; raises Refusal where too many are under way, or it takes too long."""
        if self.busy >= self.limits.batches_at_once:
            raise Refusal(429, f"more than {self.limits.batches_at_once} batches or explanations at once", 1)
        self.busy += 1
        work = asyncio.ensure_future(asyncio.to_thread(call))
        work.add_done_callback(self._free)
        try:
            return await asyncio.wait_for(asyncio.shield(work), self.limits.answer_seconds)
        except TimeoutError:
            raise Refusal(503, f"no answer within {self.limits.answer_seconds:g} s", 10) from None

    def _free(self, work) -> None:
        self.busy -= 1
        if not work.cancelled():
            work.exception()  # looked at, so that nothing is said of one that nobody waited for
