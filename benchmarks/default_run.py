"""How long a default run takes, where its time goes, and how it grows: three sizes of the simulator in one run."""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIZES = (5_000, 20_000, 40_000)


def main():
    definition = (ROOT / "configs" / "simulator.toml").read_text()
    print(f"{'customers':>10} {'seconds':>8} {'peak MB':>8}  stages")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "simulator.toml"
            config.write_text(definition.replace("customers = 20_000", f"customers = {size}"))
            command = [sys.executable, "pipeline.py", "--config", str(config), "--runs", f"{folder}/runs"]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            manifest = json.loads((Path(folder) / "runs" / "latest" / "manifest.json").read_text())
        # The largest single process so far: sizes grow, so it is this size's.
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        stages = "  ".join(f"{stage['name']} {stage['seconds']:.1f}" for stage in manifest["stages"])
        print(f"{size:>10,} {manifest['seconds']:>8.1f} {peak:>8.0f}  {stages}")


if __name__ == "__main__":
    main()
