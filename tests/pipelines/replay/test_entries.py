"""What is kept of tasks: found as it was written or not at all, and not for ever."""

import os

import pandas as pd
import pytest

from churn_mlops.pipelines.replay.entries import OLDEST, Entries

KEY = "ab" + 62 * "0"


@pytest.fixture
def entries(tmp_path):
    entries = Entries(tmp_path / "runs")
    entries.keep(KEY, {"name": "linear"}, b"a model", pd.DataFrame({"earned": [1.0, 0.0]}))
    return entries


def test_what_was_kept_is_found_by_its_key_and_by_no_other(entries):
    assert entries.find(KEY) == {"name": "linear"}
    assert entries.find("cd" + 62 * "0") is None
    assert entries.model(KEY).read_bytes() == b"a model"


@pytest.mark.parametrize("lost", ["model", "table"])
def test_an_entry_whose_file_is_gone_is_none(entries, lost):
    getattr(entries, lost)(KEY).unlink()
    assert entries.find(KEY) is None


def test_what_nobody_asks_for_goes_and_what_was_of_use_stays(entries):
    entries.keep("cd" + 62 * "0", {"name": "blend"}, b"another")
    files = list(entries.folder.glob("??/*"))
    for path in files:
        os.utime(path, (0, path.stat().st_mtime - OLDEST - 10))
    assert entries.find(KEY)
    entries.forget_old()
    assert entries.find(KEY) == {"name": "linear"}
    assert len(files) == 5
    assert {path.parent.name for path in entries.folder.glob("??/*")} == {"ab"}
