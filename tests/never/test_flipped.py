"""One byte that is another than when it was written: refused with the name of its file, by whoever needs the file."""

import shutil
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.never.trained import publish, save_gates

from churn_mlops.archive.verify import verify_version
from churn_mlops.cli import main
from churn_mlops.config import Policy
from churn_mlops.errors import ArchiveDamaged, ChurnError, PromotionRefused
from churn_mlops.models.predictor import load_predictor
from churn_mlops.registry.acts import promote_model
from churn_mlops.registry.champion import read_champion
from churn_mlops.registry.registering import record_runs
from churn_mlops.registry.transfer.exporting import export_version

NEEDED = ("manifest.json", "artifacts/model.json", "artifacts/signature.json", "artifacts/model.skops")


@pytest.fixture(scope="module")
def version(trained, tmp_path_factory):
    """The folder of a published version, on record."""
    place = tmp_path_factory.mktemp("flipped")
    shutil.copytree(trained, place / "made")
    save_gates(place / "made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHURN_ACTOR", "Ben <ben@shop.example>")
        patch.delenv("CHURN_SIGNING_KEY", raising=False)
        folder = place / "runs" / publish(place / "runs", place / "made")
        record_runs(place / "runs", "people")
        yield folder


@contextmanager
def flipped(path, where: float, mask: int):
    """A file with one byte changed, for the block; then as it was."""
    content = path.read_bytes()
    place = min(int(where * len(content)), len(content) - 1)
    replace(path, content[:place] + bytes([content[place] ^ mask]) + content[place + 1 :])
    try:
        yield
    finally:
        replace(path, content)


def replace(path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_every_file_of_a_version_is_flipped_somewhere(version):
    """The two ends and the middle of each, and never a byte that does not matter."""
    for name in files(version):
        for where in (0.0, 0.5, 1.0):
            with flipped(version / name, where, 1):
                found = [problem.file for problem in verify_version(version.parent, version.name)]
                assert f"{version.name}/{name}" in found, (name, where)
    assert verify_version(version.parent, version.name) == []


@pytest.mark.slow
@settings(max_examples=60)
@given(data=st.data())
def test_any_byte_of_any_file_is_named_and_stops_whoever_needs_it(version, data):
    name = data.draw(st.sampled_from(files(version)))
    where, mask = data.draw(st.floats(0, 1)), data.draw(st.integers(1, 255))
    runs, told = version.parent, f"{version.name}/{name}"
    with flipped(version / name, where, mask):
        assert told in [problem.file for problem in verify_version(runs, version.name)]
        with pytest.raises(ChurnError, match=name.replace(".", r"\.") if name != "manifest.json" else "manifest"):
            promote_model(runs, "people", version.name, Policy())
        with pytest.raises(ArchiveDamaged, match=told):
            export_version(runs, version.name, runs.parent / "v.tar")
        if name in NEEDED:
            with pytest.raises(ArchiveDamaged, match=told):
                load_predictor(version / "artifacts")
    assert read_champion(runs, "people") is None


@pytest.mark.parametrize("name", NEEDED)
def test_nothing_of_a_version_is_parsed_before_its_digest_is_right(version, name, monkeypatch):
    def parse(*_):
        raise AssertionError("parsed")

    for where in ("read_json", "load_signature", "load_model"):
        monkeypatch.setattr(f"churn_mlops.models.predictor.{where}", parse)
    with flipped(version / name, 0.5, 4), pytest.raises(ArchiveDamaged, match=name):
        load_predictor(version / "artifacts")


def test_show_says_which_file_is_damaged_and_ends_with_4(version, capsys):
    def shown():
        with pytest.raises(SystemExit) as end:
            main((), version.parent.parent, ["show", version.name])
        return end.value.code or 0, capsys.readouterr().out

    assert shown()[0] == 0
    with flipped(version / "artifacts/features.parquet", 0.5, 1):
        code, out = shown()
    assert code == 4
    assert f"Damaged      {version.name}/artifacts/features.parquet" in out


def test_the_refusal_of_a_promotion_changes_nothing(version):
    with flipped(version / "artifacts/model.skops", 0.5, 1), pytest.raises(PromotionRefused, match=r"model\.skops"):
        promote_model(version.parent, "people", version.name, Policy())
    assert read_champion(version.parent, "people") is None
