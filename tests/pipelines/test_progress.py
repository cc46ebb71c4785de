"""One line a stage: drawn live on a terminal, plain where there is none."""

import os
import re
import subprocess
import sys

import pytest

from churn_mlops.pipelines.progress import LogProgress, make_progress

WALK = """
from churn_mlops.pipelines.progress import make_progress
progress = make_progress(2)
for name, status in (("01_data", "succeeded"), ("02_features", "failed")):
    progress.start(name)
    for cell in range(1, 4):
        progress.cell(name, cell, 3)
    progress.end(name, status, 1.25)
progress.close()
print(type(progress).__name__)
"""


def test_a_log_has_a_line_as_a_stage_starts_and_one_as_it_ends(capsys):
    progress = LogProgress(6)
    progress.start("01_data")
    progress.cell("01_data", 1, 14)
    progress.end("01_data", "succeeded", 4.06)
    progress.start("02_features")
    progress.end("02_features", "failed", 0.5)
    progress.close()
    out, told = capsys.readouterr()
    assert out == ""
    assert [re.sub(r"^\[ +\d+\.\d s\] ", "", line) for line in told.splitlines()] == [
        "01_data started (1 of 6)",
        "01_data succeeded in 4.1 s",
        "02_features started (2 of 6)",
        "02_features failed in 0.5 s",
    ]


def test_where_there_is_no_terminal_the_progress_is_a_log():
    assert isinstance(make_progress(2), LogProgress)


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo terminal")
def test_a_terminal_keeps_one_line_a_stage():
    ours, theirs = os.openpty()
    plain = {"TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    done = subprocess.run([sys.executable, "-c", WALK], stdout=subprocess.PIPE, stderr=theirs, env=os.environ | plain)
    os.close(theirs)
    drawn = b""
    while chunk := _read(ours):
        drawn += chunk
    os.close(ours)
    assert (done.returncode, done.stdout.strip()) == (0, b"TerminalProgress")
    first, second = [line for line in _screen(drawn.decode()) if line.strip()]
    assert re.search(r"01_data .*3 cells .*done", first)
    assert re.search(r"02_features .*cell 3 of 3 .*failed", second)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other side is closed
        return b""


def _screen(drawn: str) -> list[str]:
    """The lines that stay on a screen after what was drawn: text, cursor up, erase line, return."""
    lines, row, column = [""], 0, 0
    for code, text in re.findall(r"(\x1b\[[?0-9;]*[A-Za-z]|[\r\n])|([^\x1b\r\n]+)", drawn):
        if text:
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column += len(text)
        elif code == "\r":
            column = 0
        elif code == "\n":
            row += 1
            lines += [""] * (row == len(lines))
        elif code.endswith("A"):
            row = max(0, row - int(code[2:-1] or 1))
        elif code.endswith("K"):
            lines[row] = ""
    return lines
