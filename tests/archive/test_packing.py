"""A tar file of plain files: its bytes depend on what is in it, and nothing that it holds reaches beyond its folder."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.archive import packing
from churn_mlops.archive.packing import members, pack, unpack
from churn_mlops.errors import ArchiveDamaged

names = st.lists(st.text("abcxyz019_-. é", min_size=1, max_size=12), min_size=1, max_size=3).map("/".join)


def is_plain(name: str) -> bool:
    return all(part not in ("", ".", "..") for part in name.split("/"))


@given(st.dictionaries(names.filter(is_plain), st.binary(max_size=2000), max_size=6))
def test_what_was_packed_comes_out_again_and_its_order_does_not_count(files):
    packed = pack(files)
    assert pack(dict(reversed(files.items()))) == packed
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        assert {(member.mtime, member.uid, member.uname) for member in tar} <= {(0, 0, "")}


def test_files_are_written_below_the_folder(tmp_path):
    (tmp_path / "a.tar").write_bytes(pack({"lib/x.py": b"1", "notebooks/deep/y.ipynb": b"2"}))
    assert unpack(tmp_path / "a.tar", tmp_path / "out") == ["lib/x.py", "notebooks/deep/y.ipynb"]
    assert (tmp_path / "out/notebooks/deep/y.ipynb").read_bytes() == b"2"


def member(name: str, kind=tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


HOSTILE = {
    "leads out": [member("../evil")],
    "leads out below": [member("lib/../../evil")],
    "is absolute": [member("/tmp/evil")],
    "has a drive": [member("C:/evil")],
    "has a backslash": [member("lib\\..\\..\\evil")],
    "has another spelling": [member("lib//evil")],
    "has a line end": [member("lib/e\nvil")],
    "is a link": [member("evil", tarfile.SYMTYPE, "/etc/passwd")],
    "is a hard link": [member("evil", tarfile.LNKTYPE, "../x")],
    "is a device": [member("evil", tarfile.CHRTYPE)],
    "is a pipe": [member("evil", tarfile.FIFOTYPE)],
    "is a folder": [member("evil", tarfile.DIRTYPE)],
    "stands there twice": [member("evil"), member("evil")],
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_member_that_pack_never_writes_is_refused_and_nothing_appears_beyond_the_folder(tmp_path, case):
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for one in HOSTILE[case]:
            tar.addfile(one)
    with pytest.raises(ArchiveDamaged, match="a tar file of plain files"):
        unpack(tmp_path / "a.tar", tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} <= {"a.tar", "out"}


@pytest.mark.parametrize(("limit", "most"), [("MOST_FILES", 2), ("MOST_BYTES", 30)])
def test_what_is_more_than_allowed_is_refused_before_it_is_read(tmp_path, monkeypatch, limit, most):
    (tmp_path / "a.tar").write_bytes(pack({f"file{n}": b"0123456789" for n in range(4)}))
    monkeypatch.setattr(packing, limit, most)
    with pytest.raises(ArchiveDamaged, match="more than"):
        list(members(tmp_path / "a.tar"))


@pytest.mark.parametrize("cut", [100, 600, 1300])
def test_a_torn_or_foreign_file_is_refused(tmp_path, cut):
    (tmp_path / "a.tar").write_bytes(pack({"x": b"1" * 2000})[:cut])
    with pytest.raises(ArchiveDamaged):
        list(members(tmp_path / "a.tar"))
