"""The container: whatever is packed comes out the same, for us and for any tar, and names lead nowhere else."""

import hashlib
import os
import tarfile
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.archive.transfer.blocks import BLOCK, Broken, header, members
from churn_mlops.archive.transfer.head import SIZE, Head, read_head
from churn_mlops.archive.transfer.names import Names, oddity
from churn_mlops.archive.transfer.packing import Packed, pack
from churn_mlops.archive.transfer.unpacking import check_outside, unpack
from churn_mlops.errors import ArchiveDamaged, TransferRefused

VERSION = "20261101-100000-abcdef"
PARTS = st.text(st.sampled_from("abAB01._-~ é\u0301/\\:\0\u202e"), min_size=1, max_size=8) | st.sampled_from(
    ["..", ".", "nul", "Com1.txt", "x" * 90, "é" * 60, "a.b"]
)
NAMES = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


def seal(size: int, digest: str) -> Head:
    return Head(VERSION, "shop", size, digest)


def sane(names) -> list[str]:
    seen = Names()
    names = [name for name in sorted(names, key=str.encode) if len(name.split("/")[-1].encode()) <= 100]
    return [name for name in names if oddity(name) is None and seen.clash(name) is None]


@given(NAMES)
def test_a_name_without_oddity_stays_below_its_folder_on_every_system(name):
    if oddity(name) is not None:
        return
    assert PurePosixPath(name).parts == tuple(name.split("/"))
    assert not PurePosixPath(name).is_absolute()
    windows = PureWindowsPath(name)
    assert (windows.drive, windows.root, ".." in windows.parts) == ("", "", False)
    assert os.path.normpath(f"/base/{name}") == f"/base/{name}"


@pytest.mark.slow
@given(st.dictionaries(NAMES, st.binary(max_size=1500), max_size=6))
def test_what_is_packed_comes_out_the_same_for_us_and_for_any_tar(tmp_path_factory, files):
    path = tmp_path_factory.getbasetemp() / "packed.tar"
    path.unlink(missing_ok=True)
    files, found = {name: files[name] for name in sane(files)}, {}
    packed = [Packed(name, len(content), content) for name, content in files.items()]
    pack(path, reversed(packed), seal)
    with path.open("rb") as file:
        unpack(file, path, check_outside(file, path), lambda one: found.update({one.name: b"".join(one.pieces)}))
    assert found == files
    with tarfile.open(path, "r|") as tar:
        listed = {one.name: tar.extractfile(one).read() for one in tar}
    assert listed.pop("seal") == path.read_bytes()[BLOCK:SIZE]
    assert listed == files


@given(st.binary(max_size=2000))
def test_noise_is_no_tar(noise):
    rest = [noise]

    def read(size):
        piece, rest[0] = rest[0][:size], rest[0][size:]
        return piece

    with pytest.raises(Broken):
        list(members(read))


@given(st.integers(0, SIZE - 1), st.integers(1, 255))
def test_any_other_byte_in_the_seal_is_no_seal_or_another(place, mask):
    good = Head(VERSION, "shop", 7, "a" * 64).to_bytes()
    other = read_head(good[:place] + bytes([good[place] ^ mask]) + good[place + 1 :])
    assert other != read_head(good)
    assert other is None or other.to_bytes() != good


@pytest.mark.parametrize(
    ("name", "told"), [("a\nb", "cannot be seen"), ("x" * 201, "bytes"), ("x" * 101, "too long"), ("/a", "absolute")]
)
def test_a_name_that_no_archive_holds_is_not_packed(tmp_path, name, told):
    with pytest.raises(TransferRefused, match=told):
        pack(tmp_path / "x.tar", [Packed(name, 0, b"")], seal)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_changes_meanwhile_is_not_packed(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"new")
    told = hashlib.sha256(b"old").hexdigest()
    with pytest.raises(ArchiveDamaged, match="it changed while it was read"):
        pack(tmp_path / "x.tar", [Packed("a", 3, tmp_path / "a", told)], seal)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_larger_than_a_header_can_say_is_not_packed(tmp_path):
    with pytest.raises(TransferRefused, match="overflow"):
        pack(tmp_path / "x.tar", [Packed("a", 8**11, tmp_path / "a", "")], seal)
    assert len(header("a", 8**11 - 1)) == BLOCK
