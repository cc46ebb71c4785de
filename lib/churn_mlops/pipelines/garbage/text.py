"""A plan of what is freed, as plain values and for a reader."""

from churn_mlops.pipelines.garbage.collecting import Plan

_SHOWN = 12  # kept runs that are listed; the rest are counted


def describe(plan: Plan, done: bool) -> dict:
    """The plan for a machine."""
    return {
        "done": done,
        "kept": [{"version": version, "why": why} for version, why in plan.kept.items()],
        "gone": [{"version": version, **_told(manifest)} for version, manifest in plan.gone.items()],
        "grids": list(plan.grids),
        "unfinished": list(plan.freed.unfinished),
        "store_files": len(plan.freed.stored),
        "results": plan.results,
        "files": plan.freed.files,
        "bytes": plan.freed.bytes,
    }


def _told(manifest: dict) -> dict:
    return {name: manifest.get(name) for name in ("dataset", "status", "verdict", "experiment", "finished")}


def plan_text(plan: Plan, done: bool) -> str:
    """What stays and what goes, or has gone."""
    if plan.empty:
        return f"Nothing to free: {_count(len(plan.kept), 'run')} kept, and every file belongs to one."
    return "\n\n".join(filter(None, [_kept_text(plan), _gone_text(plan, done), _sum(plan, done)]))


def _kept_text(plan: Plan) -> str:
    if not plan.gone:
        return f"Every run is kept: {len(plan.kept)}."
    lines = [f"Kept: {len(plan.kept)} of {_count(len(plan.kept) + len(plan.gone), 'run')}"]
    rows = [(version, plan.manifests[version].get("dataset") or "?", ", ".join(why)) for version, why in _first(plan)]
    lines += _aligned(rows)
    if len(plan.kept) > _SHOWN:
        lines.append(f"  and {len(plan.kept) - _SHOWN} more")
    return "\n".join(lines)


def _first(plan: Plan) -> list:
    """Those that are kept for more than a rule stand first."""
    return sorted(plan.kept.items(), key=lambda item: not item[1] or "hampion" not in item[1][0])[:_SHOWN]


def _gone_text(plan: Plan, done: bool) -> str:
    lines = []
    if plan.gone:
        lines.append(f"{'Freed' if done else 'To be freed'}: {_count(len(plan.gone), 'run')}")
        rows = [(v, m["dataset"], (str(m.get("verdict") or "").splitlines() or [""])[0]) for v, m in plan.gone.items()]
        lines += _aligned(rows)
    else:
        lines.append("Freed" if done else "To be freed")
    return "\n".join(lines + [f"  {line}" for line in _besides(plan)])


def _besides(plan: Plan) -> list[str]:
    found = [f"grid {name}, with the last of its runs" for name in plan.grids]
    if plan.freed.unfinished:
        found.append(f"{_count(len(plan.freed.unfinished), 'unfinished run')}, killed before the end")
    if plan.freed.stored:
        found.append(f"{_count(len(plan.freed.stored), 'file')} of the store that no run holds then")
    if plan.results:
        found.append(f"{_count(plan.results, 'remembered result')} of stages; with the same inputs they run again")
    return found


def _sum(plan: Plan, done: bool) -> str:
    freed = f"{size(plan.freed.bytes)} in {_count(plan.freed.files, 'file')}"
    shared = "; what kept runs hold too takes its place for them" if plan.gone else ""
    return f"{'Freed' if done else 'That frees'} {freed}{shared}."


def size(count: int) -> str:
    """Bytes in a unit that can be read."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.95 or unit == "TB":
            break
    return f"{value:,.1f} {unit}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _aligned(rows: list[tuple]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return ["  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
