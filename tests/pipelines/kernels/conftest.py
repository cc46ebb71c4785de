"""Both kinds of kernel."""

import os

import pytest

from churn_mlops.pipelines.kernels.forked import can_fork

KINDS = ("forked", "ordinary") if can_fork() else ("ordinary",)


@pytest.fixture(scope="module", params=KINDS)
def kind(request) -> str:
    """Each kind of kernel that this system has."""
    return request.param


@pytest.fixture(scope="module")
def environment(kind, tmp_path_factory) -> dict[str, str]:
    """The environment of a run that uses kernels of that kind, with a folder for temporary files of its own."""
    there = tmp_path_factory.mktemp("t")
    return os.environ | {"CHURN_KERNELS": "" if kind == "forked" else kind, "TMPDIR": str(there)}
