"""What libraries load at first use is there when a kernel needs it, and nothing has been started for it."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

USES = {
    "a table as a cell's result": "frame._repr_html_()",
    "Parquet written": "frame.to_parquet(file)",
    "Parquet read": "frame.to_parquet(file)\nbefore = set(sys.modules)\npd.read_parquet(file)",
    "a fit that notes the columns' names": "LogisticRegression().fit(frame, [0, 1])",
}
SCRIPT = """
import io, os, sys, threading
import pandas as pd
import pyarrow
from sklearn.linear_model import LogisticRegression
from churn_mlops.pipelines.kernels import first_use
numbers = pd.DataFrame({{"a": [1.0, 2.0]}}).to_numpy()  # no table has been drawn, written or read before
tasks = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0
first_use.load()
assert not tasks or len(os.listdir("/proc/self/task")) == tasks, "a thread was started"
frame, file = pd.DataFrame({{"a": [1.0, 2.0], "b": [1, 2]}}), io.BytesIO()
before = set(sys.modules)
{use}
print(*sorted(set(sys.modules) - before))
"""


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_the_first_use_of_a_library_loads_no_more_modules_and_starts_no_thread(use):
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(use=use)], capture_output=True, text=True)
    assert (done.stdout.split(), done.stderr) == ([], "")


def test_what_is_not_loaded_is_not_asked_to_load_anything():
    script = "import sys\nfrom churn_mlops.pipelines.kernels import first_use\nfirst_use.load()\n"
    told = subprocess.run([sys.executable, "-c", script + "print('pandas' in sys.modules)"], capture_output=True)
    assert told.stdout.split() == [b"False"]
