"""Tables of real customers, which are no part of the project: a clone alone has none."""

from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "shared" / "data"


def real_file(name: str) -> Path:
    """The file of that name beside the project; the test is skipped, with the reason, where it is not there."""
    if not (DATA / name).exists():
        pytest.skip(f"../shared/data/{name} is not there: real data is no part of the project")
    return DATA / name
