"""What tests of commands share: a call for an empty project, and the small project of the runner's tests."""

import pytest
from tests.pipelines.conftest import tiny_project

from churn_mlops.cli import main

__all__ = ["call", "tiny_project"]


@pytest.fixture
def call(tmp_path, capsys):
    """Calls a command for an empty project; gives exit code, what was printed, and what was told beside it."""

    def call(*arguments):
        with pytest.raises(SystemExit) as end:
            main((), tmp_path, list(arguments))
        return end.value.code or 0, *capsys.readouterr()

    return call
