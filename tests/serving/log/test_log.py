import re
import threading
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from churn_mlops.serving.log import Entry, LogFile, LogFull, LogWriter, log_folder, new_id
from churn_mlops.serving.log import files as log_files
from churn_mlops.serving.log.activity import compare_shadows, describe_activity

DAY = datetime(2026, 11, 28, 10, 30, tzinfo=UTC)


def entry(number: int = 0, **changed) -> Entry:
    at = int(DAY.timestamp() * 1e6) + number
    made = Entry(
        new_id(), at, "people", "v1", "d" * 64, "champion", "/predict", None, 0.25, "leave", 0.001, f'{{"n": {number}}}'
    )
    return made._replace(**changed)


def read_all(folder):
    paths = sorted(folder.rglob("*.parquet"))
    return pa.concat_tables([pq.read_table(path) for path in paths]).to_pylist() if paths else []


def test_an_entry_comes_back_as_it_was_with_the_types_that_readers_rely_on(tmp_path):
    file = LogFile(tmp_path, "w")
    file.add([entry(1, customer="c7"), entry(2)], DAY)
    assert file.path == tmp_path / "2026-11-28" / "10-w-000000.parquet"
    table = pq.read_table(file.path)
    kinds = {"at": "timestamp[us, tz=UTC]", "probability": "double", "seconds": "double"}
    assert {f.name: str(f.type) for f in table.schema} == {n: kinds.get(n, "string") for n in Entry._fields}
    first = table.to_pylist()[0]
    assert (first["customer"], first["at"].microsecond, first["request"]) == ("c7", 1, '{"n": 1}')
    assert re.fullmatch("p[0-9a-f]{32}", first["id"])


def test_a_file_grows_until_it_is_full_or_its_hour_is_over_and_each_row_stands_once(tmp_path, monkeypatch):
    monkeypatch.setattr(log_files, "ROWS", 4)
    file = LogFile(tmp_path, "w")
    for number in range(6):
        file.add([entry(number)], DAY)
    file.add([entry(6)], DAY.replace(hour=11))
    file.add([entry(7)], DAY.replace(day=29))
    names = [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*.parquet"))]
    assert names == [
        "2026-11-28/10-w-000000.parquet",
        "2026-11-28/10-w-000001.parquet",
        "2026-11-28/11-w-000002.parquet",
        "2026-11-29/10-w-000003.parquet",
    ]
    assert [row["request"] for row in read_all(tmp_path)] == [f'{{"n": {n}}}' for n in range(8)]
    assert not list(tmp_path.rglob("*.part"))


def test_what_waits_is_written_when_the_writer_is_closed(tmp_path):
    writer = LogWriter(LogFile(tmp_path, "w"), every=60)
    writer.start()
    for number in range(500):
        writer.add(entry(number))
    writer.close()
    assert (len(read_all(tmp_path)), writer.waiting, writer.written) == (500, 0, 500)


def test_entries_of_several_threads_are_all_written_once(tmp_path):
    writer = LogWriter(LogFile(tmp_path, "w"), every=0.005)
    writer.start()
    threads = [
        threading.Thread(target=lambda n=n: [writer.add(entry(n * 1000 + m)) for m in range(300)]) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    found = [row["id"] for row in read_all(tmp_path)]
    assert len(found) == len(set(found)) == 1200


def test_a_disk_that_fails_loses_nothing_and_what_cannot_be_held_is_not_taken(tmp_path, monkeypatch):
    file = LogFile(tmp_path, "w")
    writer = LogWriter(file, every=60, most=5)
    failing = True

    def write(table, write=file._write):
        if failing:
            raise OSError(28, "No space left on device")
        write(table)

    monkeypatch.setattr(file, "_write", write)
    writer.add(entry(0))
    assert not writer._flush()
    assert "No space left on device" in writer.failure
    for number in range(1, 5):
        writer.check_room()
        writer.add(entry(number))
        writer._flush()
    with pytest.raises(LogFull, match="No space left"):
        writer.check_room()
    failing = False
    assert writer._flush()
    assert [row["request"] for row in read_all(tmp_path)] == [f'{{"n": {n}}}' for n in range(5)]
    assert (writer.failure, writer.waiting) == ("", 0)
    writer.check_room(5)


def test_the_shadow_stands_beside_and_one_that_fails_keeps_nothing_from_the_log(tmp_path):
    writer = LogWriter(LogFile(tmp_path, "w"), lambda entries: [one._replace(role="shadow") for one in entries], 60)
    writer.add(entry(1))
    writer._flush()
    writer.beside = lambda entries: 1 / 0
    writer.add(entry(2))
    writer._flush()
    assert [row["role"] for row in read_all(tmp_path)] == ["champion", "shadow", "champion"]
    assert "ZeroDivisionError" in writer.shadow_failure


def test_the_activity_tells_hours_bands_and_each_shadow_beside_its_champion(tmp_path):
    file = LogFile(log_folder(tmp_path, "people"), "w")
    hour = 3_600_000_000
    asked = [
        entry(n * hour, probability=p, decision=d)
        for n, p, d in ((0, 0.11, "contact"), (0, 0.13, "leave"), (1, 1.0, "contact"))
    ]
    beside = [one._replace(role="shadow", version="v2", probability=0.21, decision="contact") for one in asked[:2]]
    file.add(asked + beside, DAY)
    file.add([entry(0, probability=0.5)], DAY.replace(year=2025))  # too long ago
    told = describe_activity(tmp_path, "people", DAY)
    assert [(one["predictions"], one["mean_probability"], one["share_contacted"]) for one in told["hours"]] == [
        (2, pytest.approx(0.12), 0.5),
        (1, 1.0, 1.0),
    ]
    assert told["hours"][1]["at"] - told["hours"][0]["at"] == 3600
    assert (told["bands"][2], told["bands"][19], sum(told["bands"])) == (2, 1, 3)
    (shadow,) = told["shadows"]
    assert compare_shadows(tmp_path, "people", DAY) == told["shadows"]
    assert shadow == {
        "version": "v2",
        "rows": 2,
        "mean": pytest.approx(0.21),
        "champion_mean": pytest.approx(0.12),
        "mean_difference": pytest.approx(0.09),
        "decided_otherwise": 0.5,
    }


def test_without_any_log_nothing_has_happened(tmp_path):
    told = describe_activity(tmp_path, "people", DAY)
    assert (told["hours"], told["shadows"], sum(told["bands"])) == ([], [], 0)
