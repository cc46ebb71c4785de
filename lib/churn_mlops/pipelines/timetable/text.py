"""What is due when, for a reader."""

from churn_mlops.reports.formats import moment


def watch_text(answer: dict) -> str:
    """The watcher, then each dataset with its jobs."""
    blocks = [_watcher(answer["watcher"])]
    for dataset, jobs in answer["datasets"].items():
        blocks.append("\n".join([f"{dataset}:", *(line for name, one in jobs.items() for line in _job(name, one))]))
    return "\n\n".join(blocks)


def _watcher(told: dict | None) -> str:
    if told is None:
        return "Nobody has watched this archive yet."
    who = f"process {told['pid']} on {told['host']} by {told['by']}"
    if told["ended"]:
        return f"Nobody watches now; {who} ended in order, {moment(told['ended'])}."
    state = "silent, dead or stopped" if told["silent"] else "watching"
    return f"{who}: {state}; since {moment(told['since'])}, last beat {moment(told['beat'])}."


def _job(name: str, one: dict) -> list[str]:
    late = ", late" if one["late"] else ""
    lines = [f"  {name:<9}{one['words']} ({one['times']}, {one['zone']})", f"  {'':<9}next  {when(one['next'])}{late}"]
    return [*lines, f"  {'':<9}last  {last(one)}"] + ([f"  {'':<9}      {one['said']}"] if one["said"] else [])


def when(due: str | None) -> str:
    """A due time, or that there is none."""
    return moment(due) if due else "never"


def last(one: dict) -> str:
    """What became of the newest due time."""
    if not one["due"]:
        return "never yet"
    words = f"due {moment(one['due'])}: {one['state']}"
    if one["state"] == "failed":
        words += f" with exit code {one['code']} in {one['tries']} tr{'y' if one['tries'] == 1 else 'ies'}"
        words += f", again at {moment(one['again'])}" if one["again"] else ""
    if one["missed"]:
        words += f"; {one['missed']} before it missed"
    return f"{words} ({one['log']})" if one["log"] else words
