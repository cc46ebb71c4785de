import pytest
from starlette.testclient import TestClient
from tests.serving.conftest import DATASET

from churn_mlops.archive.files import read_json
from churn_mlops.registry.champion import read_champion
from churn_mlops.serving.http.limits import Limits
from churn_mlops.serving.http.running import Settings, make


def open_clients():
    """Makes clients of the service of an archive, in this process; ends them with the test or the module."""
    opened = []

    def open_client(runs, keys=(), **limits) -> TestClient:
        door = make(Settings(str(runs), DATASET, keys, quiet=True, limits=Limits(**limits)))
        client = TestClient(door, base_url="http://localhost", raise_server_exceptions=False)
        client.service = door
        client.__enter__()
        opened.append(client)
        return client

    yield open_client
    for client in opened:
        client.__exit__(None, None, None)


client_of = pytest.fixture(open_clients)
clients_of = pytest.fixture(open_clients, scope="module")


@pytest.fixture(scope="module")
def client(clients_of, champion_runs):
    """One for all tests of a module: change nothing of it."""
    return clients_of(champion_runs)


@pytest.fixture(scope="session")
def example(champion_runs):
    version = read_champion(champion_runs, DATASET).version
    return read_json(champion_runs / version / "artifacts" / "example.json")
