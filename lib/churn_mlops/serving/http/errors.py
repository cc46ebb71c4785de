"""Errors as answers: one shape for all, with what to correct."""

import json

from churn_mlops.serving.asked import BadRequest

JSON = b"application/json"


class Refusal(Exception):
    """A request that is not dealt with: status, what is wrong, and when to come again."""

    def __init__(self, status: int, error: str, retry_s: int | None = None, headers: tuple = ()):
        super().__init__(error)
        self.status, self.error = status, error
        self.headers = [*headers, *([(b"retry-after", str(retry_s).encode())] if retry_s is not None else [])]

    def body(self) -> bytes:
        """The answer."""
        return error_body(self.status, self.error)


def error_body(status: int, error: str, problems: list[dict] | None = None) -> bytes:
    """The one shape of errors."""
    return json.dumps({"status": status, "error": error, "problems": problems or []}).encode()


def bad_request_body(error: BadRequest) -> bytes:
    """What is wrong with a request, field by field."""
    return error_body(error.status, str(error), [problem.as_json() for problem in error.problems])
