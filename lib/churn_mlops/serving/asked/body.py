"""A body as JSON, read strictly: UTF-8, no key twice, no depth that ends the parser, no number without end."""

import json

from churn_mlops.serving.asked.problems import BadRequest, Problem, cut

SMALL = 16_000  # letters of a body that may as well be parsed twice, if its keys have to be counted


class Huge:
    """A whole number of more digits than are read."""

    def __init__(self, digits: str):
        self.digits = digits


class _Twice(ValueError):
    """A key that stands twice in an object, so that nobody knows which value is meant."""


def parse_body(body: bytes):
    """The value in a body. NaN and infinities stay numbers, and a Huge number itself: the rules of a field name them.

    Raises BadRequest with status 400.
    """
    try:
        return _parse(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        rule, seen = "UTF-8", f"byte 0x{body[error.start]:02x} at {error.start}"
    except RecursionError:
        rule, seen = "objects and lists a few levels deep", "more levels than can be read"
    except _Twice as error:
        raise BadRequest([Problem(str(error), "each key once", "the key twice")], 400) from None
    except json.JSONDecodeError as error:
        rule, seen = "JSON", f"{error.msg} at character {error.pos}"
    raise BadRequest([Problem("", rule, seen)], 400) from None


def _parse(text: str):
    try:
        if len(text) < SMALL:
            value = json.loads(text)
            if type(value) is dict and text.count(":") == len(value):
                return value  # each key has a colon, so there are no more keys than these, and none stood twice
        return json.loads(text, object_pairs_hook=_once_each)
    except (json.JSONDecodeError, _Twice):
        raise
    except ValueError:  # more digits than Python turns into a number
        return json.loads(text, object_pairs_hook=_once_each, parse_int=_whole)


def _whole(digits: str):
    return int(digits) if len(digits) <= 400 else Huge(digits)


def _once_each(pairs: list) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen = set()
        raise _Twice(cut(next(key for key, _ in pairs if key in seen or seen.add(key))))
    return found
