"""Opening a source as a run does, with the definition of a table of people."""

import pytest

from churn_mlops.config import Dataset, Definition, Money, Reading
from churn_mlops.data.sources import TABLE, open_source


def defined(source="people.csv", reading=None, **roles) -> Definition:
    dataset = Dataset("people", str(source), **{"id": "id", "target": "churn", **roles})
    return Definition(dataset, Money(1, 1, 1), source=Reading(**(reading or {})))


@pytest.fixture
def opened():
    """Open a location: `opened(path, {"decimal": ","}, table="people")`."""
    return lambda location, reading=None, **roles: open_source(defined(location, reading, **roles), str(location))


@pytest.fixture
def rows(opened):
    """The rows of a location as lists, missing values as None."""

    def read(location, reading=None, **roles):
        table = opened(location, reading, **roles).tables[TABLE].to_pyarrow()
        return [table.column_names, *map(list, zip(*table.to_pydict().values(), strict=True))]

    return read


@pytest.fixture
def written(tmp_path):
    """Write a file of that name; text as UTF-8."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
