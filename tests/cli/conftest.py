"""The small project of the runner's tests, for commands that run it."""

from tests.pipelines.conftest import tiny_project

__all__ = ["tiny_project"]
