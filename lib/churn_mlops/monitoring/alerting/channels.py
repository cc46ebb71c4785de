"""Channels: URLs of Apprise in environment variables, tried a few times, within a bound.

A URL holds secrets: it is never written anywhere, and what goes wrong is told without it.
"""

import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from churn_mlops.errors import ConfigError

VARIABLE = "CHURN_NOTIFY"  # URLs with spaces between; the definition may name more variables
TRIES, WAIT_S, WITHIN_S = 3, 0.5, 20.0  # tries at a time, the wait after the first (then twice that), and for all
_STAMP = re.compile(r"^\S+ \S+ - [A-Z]+ - ", re.MULTILINE)


@dataclass(frozen=True)
class Channel:
    """Somewhere that messages go; its repr does not tell the URL."""

    name: str  # the variable, with a number where it holds several
    url: str = field(repr=False)  # empty where the variable is not set


def find_channels(named: Iterable[str], environ: Mapping[str, str] = os.environ) -> list[Channel]:
    """The channels of the variables that are named, and of CHURN_NOTIFY where it is set."""
    variables = dict.fromkeys([*named, *([VARIABLE] if environ.get(VARIABLE, "").strip() else [])])
    return [channel for variable in variables for channel in _channels(variable, environ.get(variable, ""))]


def _channels(variable: str, text: str) -> list[Channel]:
    urls = text.split() or [""]
    return [Channel(variable if n == 1 else f"{variable} {n}", url) for n, url in enumerate(urls, 1)]


class NotDelivered(Exception):
    """A channel did not take a message; says why, without the URL."""


def deliver(channel: Channel, title: str, body: str, sleep=time.sleep) -> None:
    """Send a message, trying again after a while. Raises NotDelivered, ConfigError where Apprise is not installed."""
    if not channel.url:
        raise NotDelivered(f"the environment variable {channel.name} is not set")
    apprise = load_apprise()
    receiver = apprise.Apprise()
    if not receiver.add(channel.url):
        raise NotDelivered(f"{channel.name} holds no URL that Apprise knows, such as mailtos://... or slack://...")
    begun, wait = time.monotonic(), WAIT_S
    for last in range(TRIES - 1, -1, -1):
        seen = _try(apprise, receiver, title, body)
        if seen is None:
            return
        if not last or time.monotonic() + wait > begun + WITHIN_S:
            break
        sleep(wait)
        wait *= 2
    raise NotDelivered(_hidden(seen, channel.url))


def load_apprise():
    """The package; raises ConfigError that names the extra where it is not installed."""
    try:
        import apprise
    except ImportError:
        raise ConfigError(
            "alerts: the package `apprise` is not installed, so no channel can be told. "
            "Cure: pip install 'churn-mlops[notify]'."
        ) from None
    return apprise


def _try(apprise, receiver, title: str, body: str) -> str | None:
    """Send once; what Apprise says of a failure, None where there was none."""
    import logging

    with apprise.LogCapture(level=logging.WARNING) as told:
        try:
            if receiver.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT):
                return None
        except Exception as error:  # a plugin's own mistake is a failure of the channel, not of the run
            return type(error).__name__
        return _STAMP.sub("", told.getvalue()).strip() or "it did not take the message"


def _hidden(seen: str, url: str) -> str:
    """What went wrong in one line, without any part of the URL."""
    from urllib.parse import unquote

    parts = {part for text in (url, unquote(url)) for part in re.split(r"[/:@?&=]+", text) if len(part) > 3}
    for part in sorted(parts - {url.partition(":")[0]}, key=len, reverse=True):
        seen = seen.replace(part, "[hidden]")
    return " ".join(seen.split())[:300]
