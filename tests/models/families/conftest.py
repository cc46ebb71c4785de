import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def one_thread():
    """Small fits on one thread: on a busy machine more would wait for each other."""
    with threadpool_limits(limits=1):
        yield
