"""What each channel has yet to be told: the audit log is the outbox, and a file beside it says how far each has come.

A message leaves the file when its channel has taken it, so a failing channel loses nothing and none gets it twice; but
where a process is killed between the two, nobody can know, and it is sent again with a word about that.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from churn_mlops.archive.files import locked, read_json, write_json
from churn_mlops.archive.versions import now as present
from churn_mlops.monitoring.alerting.channels import Channel, NotDelivered, deliver
from churn_mlops.monitoring.alerting.wording import body_of, title_of

OUTBOX, LOCK = "outbox.json", "outbox.lock"
SCHEMA = 1
_MOST = 10  # changes in a message


def read_outbox(folder: Path) -> dict[str, dict]:
    """By channel: `upto` (last record considered), `waiting` (records), `tries`, `error`, `sending`, `sent`."""
    with suppress(FileNotFoundError):
        return read_json(Path(folder) / OUTBOX)["channels"]
    return {}


def send_waiting(
    folder: Path, dataset: str, channels: Iterable[Channel], read_changes: Callable[[], tuple[dict, set]], send=deliver
) -> list[str]:
    """Tell every channel what it has not been told; returns what failed, a line a channel.

    `read_changes` gives the changes on record by number, and the numbers that opened what is open still: a channel
    that is new is told of those only. It is asked under the lock, so that of two processes one sends.
    """
    channels = list(channels)
    if not channels:
        return []
    with locked(Path(folder) / LOCK):
        changes, standing = read_changes()
        told = read_outbox(folder)
        later = {channel.name: _queue(told.get(channel.name), changes, standing) for channel in channels}
        if any(later[name] != told.get(name) for name in later):
            told |= later
            _write(folder, told)
        seen = [_send(folder, dataset, channel, told, changes, send) for channel in channels]
    return [failure for failure in seen if failure]


def _queue(state: dict | None, changes: dict[int, dict], standing: set[int]) -> dict:
    last = max(changes, default=0)
    if state is None:
        return {"upto": last, "waiting": sorted(standing), "tries": 0, "error": None, "sending": None, "sent": None}
    new = [n for n in sorted(changes) if n > state["upto"]]
    return {**state, "upto": max(last, state["upto"]), "waiting": [*state["waiting"], *new]}


def _send(folder: Path, dataset: str, channel: Channel, told: dict, changes: dict[int, dict], send) -> str | None:
    """Tell one channel all that waits, a few in a message; what failed, after which nothing more is tried."""
    while waiting := [n for n in told[channel.name]["waiting"] if n in changes]:
        batch = waiting[:_MOST]
        failure = _send_batch(folder, dataset, channel, told, {n: changes[n] for n in batch}, send)
        if failure:
            return f"{channel.name}: {failure}; {len(waiting)} waiting"
    return None


def _send_batch(folder: Path, dataset: str, channel: Channel, told: dict, batch: dict[int, dict], send) -> str | None:
    """Send one message, and write down before that it is being sent, and after it what became of it."""

    def note(**changed) -> None:
        told[channel.name] = told[channel.name] | changed
        _write(folder, told)

    before, listed = told[channel.name], list(batch.values())
    note(sending=present())
    try:
        send(channel, title_of(dataset, listed), body_of(listed, before["sending"] is not None))
    except Exception as error:
        failed = str(error) if isinstance(error, NotDelivered) else type(error).__name__
        note(tries=before["tries"] + 1, error=failed, sending=before["sending"])
        if isinstance(error, NotDelivered):
            return failed
        raise
    rest = [n for n in before["waiting"] if n not in batch]
    note(waiting=rest, tries=0, error=None, sending=None, sent=present())
    return None


def _write(folder: Path, told: dict) -> None:
    write_json(Path(folder) / OUTBOX, {"schema": SCHEMA, "channels": told})
