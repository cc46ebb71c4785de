"""A Dask cluster of a scheduler and two workers, each a process of its own on loopback."""

import contextlib
import json
import subprocess
import sys
import time

import pytest


class LocalCluster:
    """A scheduler, and workers that can be started and killed."""

    def __init__(self, folder):
        self.folder, self.processes = folder, []
        file = folder / "scheduler.json"
        self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
        self.address = wait_until(lambda: address_in(file))
        self.start_workers(2)
        self.wait_for(2)

    def start_workers(self, number: int) -> None:
        there = ("--local-directory", str(self.folder), "--nthreads", "1", "--no-nanny", "--memory-limit", "0")
        for _ in range(number):
            self._start("dask_worker", self.address, "--host", "127.0.0.1", *there)

    def wait_for(self, number: int) -> None:
        """Wait until there are so many workers."""
        from churn_mlops.workers.cluster import Cluster

        connection = Cluster(self.address)
        wait_until(lambda: connection.workers() == number)
        connection._close([])

    def _start(self, program: str, *arguments: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--no-dashboard", *arguments]
        with (self.folder / f"{program}-{len(self.processes)}.log").open("w") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log))

    @property
    def scheduler(self):
        return self.processes[0]

    def kill_workers(self, number: int) -> None:
        for process in [worker for worker in self.processes[1:] if worker.poll() is None][:number]:
            process.kill()
            process.wait()

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


def address_in(file) -> str:
    with contextlib.suppress(OSError, ValueError):
        return json.loads(file.read_text())["address"]
    return ""


def wait_until(found):
    for _ in range(1200):
        if answer := found():
            return answer
        time.sleep(0.05)
    raise AssertionError("did not come within a minute")


@pytest.fixture
def on_cluster(cluster, monkeypatch):
    """The cluster, named in the environment as `--scheduler` does."""
    monkeypatch.setenv("CHURN_SCHEDULER", cluster.address)
    return cluster
