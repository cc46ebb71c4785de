"""What a run says of itself where the champion moved while it ran."""

from dataclasses import dataclass

import pytest

from churn_mlops.archive.files import write_json
from churn_mlops.pipelines.record import describe_result


@dataclass
class Pointer:
    generation: int
    version: str = "20261128-060000-aaaaaa"
    digest: str = "d" * 64


@pytest.mark.parametrize(
    ("champion", "pointer", "verdict"),
    [
        (None, None, "Succeeded: became champion"),
        (Pointer(3), Pointer(3), "Succeeded: became champion"),
        (None, Pointer(1), "Succeeded: 20261128-060000-aaaaaa became champion meanwhile"),
        (Pointer(3), Pointer(4), "Succeeded: 20261128-060000-aaaaaa became champion meanwhile"),
    ],
)
def test_a_run_that_lost_the_race_for_champion_does_not_say_that_it_won(tmp_path, champion, pointer, verdict):
    write_json(tmp_path / "promotion.json", {"promoted": True, "reason": "better"})
    write_json(tmp_path / "model.json", {"digest": "e" * 64})
    told = describe_result(tmp_path, (), [], champion, experiment=False, pointer=pointer)
    assert told["verdict"].startswith(verdict)
