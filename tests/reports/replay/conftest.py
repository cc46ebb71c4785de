import pytest
from tests.replays import make_replay

from churn_mlops.archive.files import write_json
from churn_mlops.monitoring.replaying import compare


def write_replay(folder, replay, gains):
    """A replay's folder as the engine leaves it, but for the page."""
    comparison = compare(replay, gains, 50)
    write_json(folder / "replay.json", replay)
    write_json(folder / "comparison.json", comparison)
    return comparison


@pytest.fixture(scope="session")
def played():
    return make_replay()


@pytest.fixture(scope="session")
def write():
    return write_replay
