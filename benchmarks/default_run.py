"""How long a default run takes, where its time goes, what memory it holds, and how that grows: three sizes.

Memory is that of all processes of the run together, pages that they share counted once (PSS), looked at five times a
second; where the system does not tell that, resident memory, in which they count in each.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
SIZES = (5_000, 20_000, 40_000)


def main() -> None:
    """Print a line a size."""
    definition = (ROOT / "configs" / "simulator.toml").read_text()
    print(f"{'customers':>10} {'seconds':>8} {'peak MB':>8} {'largest':>8}  stages")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "simulator.toml"
            config.write_text(definition.replace("customers = 20_000", f"customers = {size}"))
            command = [sys.executable, "pipeline.py", "--config", str(config), "--runs", f"{folder}/runs"]
            began = time.perf_counter()
            peak, largest = watch(
                subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
            seconds = time.perf_counter() - began
            manifest = json.loads((Path(folder) / "runs" / "latest" / "manifest.json").read_text())
        stages = "  ".join(f"{stage['name']} {stage['seconds']:.1f}" for stage in manifest["stages"])
        print(f"{size:>10,} {seconds:>8.1f} {peak:>8.0f} {largest:>8.0f}  {stages}")


def watch(process: subprocess.Popen) -> tuple[float, float]:
    """The most megabytes that all processes of a run held at once, and that one of them did."""
    whole = largest = 0.0
    while process.poll() is None:
        held = [held_mb(member) for member in family(process.pid)]
        whole, largest = max(whole, sum(held)), max(largest, *held, 0.0)
        time.sleep(0.2)
    if process.returncode:
        sys.exit(f"the run failed: {process.returncode}")
    return whole, largest


def family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def held_mb(process: psutil.Process) -> float:
    try:
        memory = process.memory_full_info()
        return getattr(memory, "pss", memory.rss) / 1e6
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0


if __name__ == "__main__":
    main()
