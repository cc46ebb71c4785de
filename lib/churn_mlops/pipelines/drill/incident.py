"""What is known of one incident once it was played."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """One incident: what was done, and what the product said to it."""

    detected: bool
    played: str  # what was really done, in which stated way
    check: str  # which of the product's checks told
    after: str  # after how long it tells
    told: str  # what the operator reads, as the command printed it
    command: str  # by which the operator reads it
    seconds: float  # that this command took


@dataclass(frozen=True)
class Incident:
    """One thing that went wrong, and how it is played: with a stage of its own, a `Scene` that serves a champion."""

    key: str
    title: str
    play: Callable[..., Outcome]
