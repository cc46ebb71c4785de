"""Whole runs on a table of a server: the password stays out of the archive, and what did not change is reused."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parent.parent
PEOPLE = """
    drop table if exists public.customers;
    create table public.customers as select 'c' || n as customer_id, n % 7 as calls, (n * 37) % 101 / 2.0 as spend_eur,
        case when (n * 37) % 101 + n % 7 * 4 + (n * 7919) % 397 > 290 then 'yes' else 'no' end as churn
    from generate_series(1, 800) as n
"""


@pytest.fixture
def run(postgres, tmp_path):
    """Runs pipeline.py for the server's customers, with the password where the test says."""
    import psycopg

    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(PEOPLE)
    parts = urlsplit(postgres)
    url = f"postgresql://{parts.username}@{parts.hostname}:{parts.port}/postgres"

    def call(*arguments, password=parts.password):
        environment = {
            key: value for key, value in os.environ.items() if key not in ("PGPASSWORD", "CHURN_DB_PASSWORD")
        }
        environment["CHURN_DB_PASSWORD"] = password
        command = [sys.executable, "pipeline.py", *(str(a).replace("URL", url) for a in arguments)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, env=environment)

    call.password = parts.password
    return call


@pytest.mark.kernel
def test_a_table_of_a_server_is_read_each_time_and_the_rest_is_reused_and_no_password_is_archived(run, tmp_path):
    config, runs = tmp_path / "people.toml", tmp_path / "runs"
    made = run("init", "URL", "--table", "public.customers", "--output", config)
    assert made.returncode == 0, made.stderr
    options = ("--config", config, "--runs", runs, "--strict", "--json")
    first, second = (run(*options, "--to", "02_features") for _ in range(2))
    assert [done.returncode for done in (first, second)] == [0, 0], first.stderr + second.stderr
    folder = Path(json.loads(second.stdout)["folder"])
    manifest = json.loads((folder / "manifest.json").read_text())
    done = {stage["name"]: stage["status"] for stage in manifest["stages"]}
    assert (done["01_data"], done["02_features"]) == ("succeeded", "reused")
    files = [path for path in (*runs.rglob("*"), config) if path.is_file()]
    assert len(files) > 20
    assert [path for path in files if run.password.encode() in path.read_bytes()] == []


@pytest.mark.kernel
def test_a_wrong_password_fails_the_run_and_stands_nowhere(run, tmp_path):
    config, runs, wrong = tmp_path / "people.toml", tmp_path / "runs", "hunter-2-hunter"
    assert run("init", "URL", "--table", "public.customers", "--output", config).returncode == 0
    done = run("--config", config, "--runs", runs, "--to", "01_data", password=wrong)
    assert done.returncode == 3
    assert "password authentication failed" in done.stderr
    assert wrong not in done.stderr + done.stdout
    files = [path for path in runs.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if wrong.encode() in path.read_bytes()] == []
