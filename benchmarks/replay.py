"""Whether policies of retraining keep what they promise, over many simulated businesses, and what a replay costs.

    python benchmarks/replay.py [--seeds 20] [--customers 20000]     the promises, a line a business
    python benchmarks/replay.py --costs [--sizes 5000 20000 80000]   24 months x 6 policies: seconds and memory
    python benchmarks/replay.py --events "price_rise_month = 30" --months 40     other events; "" for none

Each business has all events at known months, far enough apart to tell which of them an alert is about, and is replayed
by the command, with an archive of its own that is removed afterwards. The promises: training on drift earns at least
95% of what training every month earns, with at most half of the trainings, and more than never training; every real
change noticed within a month of being noticeable at best; at most 1 in 20 quiet months alarmed; the broken feed told
apart from a change in customers; the seasonal dip not alarmed in its second year.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIZES = (5_000, 20_000, 80_000)
MONTHS, FIRST = 66, "2026-01-01"  # simulated; replayed from the month on by which the reference has a whole year
EVENTS = (
    "price_rise_month = 36; new_market_month = 42; slow_change_month = 48; broken_feed_month = 62; "
    "seasonal_dip_month = 8"
)
TIMED_MONTHS, TIMED = 49, ("2026-01-01", "2027-12-01")  # simulated; the 24 months replayed
TIMED_EVENTS = "price_rise_month = 30; slow_change_month = 36; seasonal_dip_month = 8"
DEFINITION = """
[dataset]
name = "replayed"
source = "simulator"
id = "customer_id"
target = "churned"
snapshot_date = "snapshot_date"

[money]
value_kept = 300
offer_cost = 4
success_rate = 0.3

[simulator]
customers = {customers}
months = {months}
seed = {seed}
{events}
"""


def main() -> None:
    """Print a line a business, or a line a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=100)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--events", default=EVENTS, help="lines of [simulator], with ; between them")
    parser.add_argument("--months", type=int, default=MONTHS)
    parser.add_argument("--from", dest="first", default=FIRST)
    parser.add_argument("--to", dest="last", default="")
    parser.add_argument("--costs", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    told = parser.parse_args()
    measure_costs(told.sizes) if told.costs else count_promises(told)


def count_promises(told) -> None:
    """Replay business after business; then in how many of them each promise was kept."""
    found = {}
    for seed in range(told.first_seed, told.first_seed + told.seeds):
        definition = defined(told.customers, told.months, seed, told.events)
        answer, seconds, _ = replayed(definition, told.first, told.last)
        criteria, recommended = answer["comparison"]["criteria"], answer["comparison"]["recommended"]["policy"]
        print(f"seed {seed}, {seconds:,.0f} s, {answer['from']} to {answer['to']}, recommended: {recommended}")
        for row in criteria:
            found.setdefault(row["name"], []).append(row["met"])
            print(f"  {SIGNS[row['met']]:<9} {row['name']:<36} {row['seen']}", flush=True)
        found.setdefault(TOGETHER, []).append(all(row["met"] for row in criteria[:3]))
        print_policies(answer["comparison"]["policies"])
    print("\nkept in")
    for name, met in found.items():
        known = [one for one in met if one is not None]
        print(f"  {sum(known)} of {len(known):<4} {name}")


SIGNS = {True: "yes", False: "NO", None: "not known"}
TOGETHER = "profit, trainings and more than never, all three"


def print_policies(policies: dict) -> None:
    """What lies behind a business' line: money, trainings, false alarms and delays of each policy."""
    for name, policy in policies.items():
        delays = ", ".join(f"{c['what']} {'-' if c['days'] is None else c['days']}" for c in policy["changes"])
        numbers = (
            f"{policy['profit']['value']:>10,.0f} {policy['retrainings']:>3} trainings {policy['alerts']:>3} alerts"
        )
        print(f"    {name:<15} {numbers} {len(policy['false_alarms']):>2} false; days: {delays}", flush=True)


def measure_costs(sizes) -> None:
    """24 months x 6 policies at each size, with nothing cached, and again with all of it."""
    print(f"{'customers':>10} {'seconds':>9} {'again':>7} {'peak MB':>9}")
    for size in sizes:
        definition = defined(size, TIMED_MONTHS, 7, TIMED_EVENTS)
        _, seconds, peak, again = replayed(definition, *TIMED, twice=True)
        print(f"{size:>10,} {seconds:>9,.1f} {again:>7,.1f} {peak:>9,.0f}", flush=True)


def defined(customers: int, months: int, seed: int, events: str) -> str:
    """The definition of a business, as TOML."""
    lines = "\n".join(line.strip() for line in events.split(";"))
    return DEFINITION.format(customers=customers, months=months, seed=seed, events=lines)


def replayed(definition: str, first: str, last: str, twice: bool = False) -> tuple:
    """The answer of the command, its seconds, and the peak memory of all its processes together in megabytes."""
    with tempfile.TemporaryDirectory(prefix="replayed.") as folder:
        config = Path(folder) / "replayed.toml"
        config.write_text(definition, encoding="utf-8")
        command = [sys.executable, "pipeline.py", "replay", "--json", "--runs", str(Path(folder) / "runs")]
        command += ["--config", str(config)]
        command += [word for option, day in (("--from", first), ("--to", last)) if day for word in (option, day)]
        surroundings = os.environ | {"PYTHONPATH": str(ROOT / "lib")}
        answer, seconds, peak = timed(command, surroundings)
        return (answer, seconds, peak, timed(command, surroundings)[1]) if twice else (answer, seconds, peak)


def timed(command: list[str], surroundings: dict) -> tuple:
    """What a command answers, its wall seconds, and the most memory that it and its children held at once."""
    import psutil

    began, peak, ended = time.perf_counter(), [0.0], threading.Event()
    process = subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, text=True)

    def look() -> None:
        while not ended.wait(0.25):
            peak[0] = max(peak[0], held(psutil.Process(process.pid)))

    looking = threading.Thread(target=look)
    looking.start()
    answer, _ = process.communicate()
    seconds = time.perf_counter() - began
    ended.set()
    looking.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return json.loads(answer), seconds, peak[0]


def held(process) -> float:
    """Megabytes of a process and all below it, pages that they share counted once each by their share."""
    import psutil

    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_full_info().pss if sys.platform == "linux" else one.memory_info().rss
    except psutil.Error:
        return 0.0
    return total / 2**20


if __name__ == "__main__":
    main()
