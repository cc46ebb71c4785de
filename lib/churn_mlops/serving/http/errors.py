"""Errors as answers: one shape for all, with what to correct."""

import json

from churn_mlops.serving.asked import BadRequest
from churn_mlops.serving.customers import NoSuchCustomer
from churn_mlops.serving.log import LogFull
from churn_mlops.serving.service import NotReady

JSON = b"application/json"
EXPECTED = (BadRequest, NotReady, LogFull, NoSuchCustomer)  # what an answer may end in; all else is a mistake of ours
MISTAKE = "a mistake of the service; its log says where"


class Refusal(Exception):
    """A request that is not dealt with: status, what is wrong, and when to come again."""

    def __init__(self, status: int, error: str, retry_s: int | None = None, headers: tuple = (), problems=()):
        super().__init__(error)
        self.status, self.error, self.problems = status, error, [problem.as_json() for problem in problems]
        self.headers = [*headers, *([(b"retry-after", str(retry_s).encode())] if retry_s is not None else [])]

    def body(self) -> bytes:
        """The answer."""
        return error_body(self.status, self.error, self.problems)


def refusal_of(error: Exception) -> Refusal:
    """One of the expected errors as what is answered; of a request, what is wrong with it field by field."""
    match error:
        case BadRequest():
            return Refusal(error.status, str(error), problems=error.problems)
        case NotReady():
            return Refusal(503, f"no model answers: {error}", 5)
        case LogFull():
            return Refusal(503, f"what cannot be logged is not answered: {error}", 5)
    return Refusal(404, str(error))


def error_body(status: int, error: str, problems: list[dict] | None = None) -> bytes:
    """The one shape of errors."""
    return json.dumps({"status": status, "error": error, "problems": problems or []}).encode()
