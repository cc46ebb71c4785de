"""Archives that somebody has prepared: each is refused with what is wrong with it, and nothing is left of it."""

import gzip
import io
import json
import re
import tarfile
import zipfile
from pathlib import Path

import pytest
from tests.registry.transfer.archives import good_archive

from churn_mlops.archive.transfer import blocks, unpacking
from churn_mlops.archive.transfer.blocks import BLOCK, END, header, padding
from churn_mlops.archive.transfer.head import SIZE
from churn_mlops.errors import ChurnError, TransferRefused
from churn_mlops.registry.transfer.exporting import HEAD, RECORDS
from churn_mlops.registry.transfer.importing import import_version
from churn_mlops.reports.page import render

MODEL = "artifacts/model.skops"
PAGE = render("archive.html.j2", rows=[], grids=[], champions=[], datasets=[]).encode()


def zipped(good) -> bytes:
    with zipfile.ZipFile(out := io.BytesIO(), "w") as file:
        file.writestr("../../out", b"x")
    return out.getvalue()


def named(name: str):
    return lambda good: good.made(good.members | {f"{good.version}/{name}": b"x"})


def beside(name: str):
    return lambda good: good.made(good.members | {name: b"x"})


def of_kind(kind: bytes, **fields):
    return lambda good: good.with_info(type=kind, **fields)


def told(**changes):
    return lambda good: good.changed(**changes)


def raw_field(place: slice, value: bytes):
    """A header in which some bytes are others, with the checksum that fits."""

    def make(good):
        block = bytearray(header(f"{good.version}/0", 1))
        block[place] = value
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        return good.with_block(bytes(block), b"x")

    return make


def pax(**headers):
    return lambda good: good.with_info(f"{good.version}/0", b"x", tarfile.PAX_FORMAT, pax_headers=headers)


def lost(name):
    return lambda good: good.made({key: value for key, value in good.members.items() if not key.endswith(name)})


def record(line: bytes):
    return lambda good: good.made(good.members | {RECORDS: line})


def facts_of(good, name=MODEL, **changes) -> dict:
    files = good.manifest["files"]
    return files | {name: files.get(name, {"sha256": "0" * 64, "bytes": 1}) | changes}


def cut(at):
    return lambda good: good.raw[:at]


def resealed_cut(length):
    """Cut, and sealed as if that were all."""
    return lambda good: good.sealed(good.raw[SIZE:][:length])


CASES = {
    # Not an archive of a version at all.
    "nothing": (lambda good: b"", "has 0 bytes"),
    "a zip that leads out": (zipped, "looks like zip"),
    "a gzip bomb": (lambda good: gzip.compress(bytes(1 << 24)), "looks like gzip"),
    "the archive, compressed": (lambda good: gzip.compress(good.raw), "looks like gzip"),
    "a pickle": (lambda good: b"\x80\x04cos\nsystem\n(S'true'\ntR.", "looks like pickle"),
    "a plain tar without the seal": (lambda good: good.raw[SIZE:], "not the seal"),
    "a seal in other words": (
        lambda good: good.raw.replace(b"dataset shop", b"dataset Shop", 1),
        "the archive says another",
    ),
    "a seal whose padding hides something": (lambda g: g.raw[: SIZE - 9] + b"evil" + g.raw[SIZE - 5 :], "not the seal"),
    "a seal with a huge number": (lambda g: g.raw.replace(b"bytes ", b"bytes 99999999999", 1), "not the seal"),
    "a seal of a version that leads out": (lambda g: g.raw.replace(b"version 2", b"version /", 1), "not the seal"),
    "a member `seal` that is a link": (lambda g: g.raw[:156] + b"2" + g.raw[157:], "not the seal"),
    # Cut, longer, changed.
    "cut within the seal": (cut(700), "has 700 bytes"),
    "cut after the seal": (cut(SIZE), "it was cut: 0 of"),
    "cut after the first header": (cut(SIZE + BLOCK), "it was cut"),
    "cut before its end": (cut(-2 * BLOCK), "it was cut"),
    "cut by one byte": (cut(-1), "it was cut"),
    "something behind it": (lambda good: good.raw + b"x", "follows its end"),
    "one bit of a file": (lambda good: good.raw.replace(b"model", b"modem"), "changed or damaged"),
    "sealed anew, empty": (resealed_cut(0), "ends where file 1"),
    "sealed anew, half a header": (resealed_cut(300), "ends where file 1"),
    "sealed anew, cut within a file": (resealed_cut(BLOCK + 3), "ends within"),
    "sealed anew, half its end": (lambda good: good.sealed(good.raw[SIZE:-BLOCK]), "half of one"),
    "sealed anew, without its end": (lambda good: good.sealed(good.raw[SIZE : -2 * BLOCK]), "file|end"),
    "sealed anew, with something behind": (lambda good: good.made(good.members, END + b"x"), "follows its end"),
    "a second tar behind the end": (lambda good: good.sealed(good.raw[SIZE:] + good.raw[SIZE:]), "follows its end"),
    "padding that hides something": (
        lambda good: good.with_block(header(f"{good.version}/0", 1) + b"x" + b"e" * (BLOCK - 1)),
        "fills its last block",
    ),
    # What tars can hold beside plain files.
    "a symbolic link": (of_kind(tarfile.SYMTYPE, linkname="/etc/passwd"), "symbolic link"),
    "a hard link": (of_kind(tarfile.LNKTYPE, linkname="../../x"), "hard link"),
    "a character device": (of_kind(tarfile.CHRTYPE, devmajor=1, devminor=3), "character device"),
    "a block device": (of_kind(tarfile.BLKTYPE, devmajor=8), "block device"),
    "a named pipe": (of_kind(tarfile.FIFOTYPE), "named pipe"),
    "a folder": (of_kind(tarfile.DIRTYPE), "a folder"),
    "a contiguous file": (of_kind(tarfile.CONTTYPE), "contiguous"),
    "a sparse file of GNU tar": (of_kind(tarfile.GNUTYPE_SPARSE), "sparse"),
    "a long name of GNU tar": (lambda good: good.with_info(f"{good.version}/{'n' * 150}"), "long name"),
    "a long link of GNU tar": (of_kind(tarfile.GNUTYPE_LONGLINK), "long link"),
    "a type that nobody knows": (of_kind(b"Z"), "of type b'Z'"),
    "the old type of a file": (of_kind(tarfile.AREGTYPE), "of type"),
    "a pax header with another path": (pax(path="../../out"), "extended"),
    "a pax header with another size": (pax(size="99999999999"), "extended"),
    "a pax header with a sparse map": (pax(**{"GNU.sparse.major": "1"}), "extended"),
    "a global pax header": (of_kind(tarfile.XGLTYPE), "global extended"),
    "a pax header of 8 GiB": (of_kind(tarfile.XHDTYPE, size=8**11 - 1), "extended"),
    "a link in the field of a plain file": (raw_field(slice(157, 160), b"/et"), "export does not write"),
    "a file that anybody may run as root": (raw_field(slice(100, 108), b"0004777\0"), "export does not write"),
    "a file of somebody": (raw_field(slice(265, 269), b"root"), "export does not write"),
    "a time": (raw_field(slice(136, 148), b"00000000777\0"), "export does not write"),
    "a wrong checksum": (lambda good: good.with_block(b"x" + header("0", 0)[1:]), "no header of a tar"),
    "a header of GNU tar": (lambda good: good.with_info(f"{good.version}/0", b"x"), "export does not write"),
    # Sizes.
    "a negative size": (raw_field(slice(124, 136), b"\xff" * 12), "-1 bytes"),
    "a size of 2 to the 88": (raw_field(slice(124, 136), b"\x80" + b"\xff" * 11), "bytes; expected"),
    "a size that is no number": (raw_field(slice(124, 136), b"one\0        "), "no header of a tar"),
    "a size beyond the end": (
        lambda good: good.sealed(header(f"{good.version}/0", 1 << 30) + b"x" * BLOCK + END),
        "ends within",
    ),
    "records without end": (lambda g: g.made(g.members | {RECORDS: bytes(5 << 20)}), "at most 4,194,304"),
    # Names.
    "a path out": (named("../../out"), r"by `\.\.`"),
    "a path out, from the top": (beside("../out"), r"by `\.\.`"),
    "an absolute path": (beside("/tmp/out"), "absolute path"),
    "a drive of Windows": (beside("C:/out"), "colon"),
    "a stream of NTFS": (named("manifest.json:evil"), "colon"),
    "a backslash": (named("..\\..\\out"), "backslash"),
    "a device of Windows": (named("artifacts/nul.txt"), "device on Windows"),
    "a name that Windows cuts": (named("artifacts/model.skops. "), "ends with a space"),
    "an empty part": (named("artifacts//x"), "empty"),
    "a dot": (named("./x"), r"or `\.`"),
    "a folder's name": (named("x/"), "folder|empty|export does not write"),
    "a NUL in a name": (raw_field(slice(0, 8), b"a\0b.skop"), "NUL"),
    "a line break in a name": (named("a\nb"), "cannot be seen"),
    "text that runs backwards": (named("artifacts/\u202egpj.exe"), "cannot be seen"),
    "a name of no width": (named("manifest\u200b.json"), "cannot be seen"),
    "a name in decomposed form": (named("cafe\u0301"), "NFC"),
    "a name that is no text": (raw_field(slice(0, 4), b"\xff\xfe\xfd\xfc"), "no header of a tar"),
    "a name too long": (named("n" * 60 + "/" + "m" * 60 + "/" + "o" * 90), "bytes; expected 1 to 200"),
    "a file in the making": (named(".a.json.0123456789ab.part"), "in the making"),
    "another version": (beside("20200101-000000-aaaaaa/x"), "neither of version"),
    "the registry": (beside("registry/shop/champion.json"), "neither of version"),
    "the store": (beside(".store/00/" + "0" * 64), "neither of version"),
    "a file of the records too many": (beside("audit/champion.json"), "neither of version"),
    # Names together.
    "a file twice": (
        lambda good: good.made([*sorted(good.members.items()), (RECORDS, b"")]),
        "there twice",
    ),
    "two files where case does not count": (named("artifacts/MODEL.skops"), "case does not count"),
    "two files that look alike": (named("artifacts/model.\uff53kops"), "case does not count"),
    "two folders where case does not count": (named("Artifacts/x"), "case does not count"),
    "a file and a folder": (named("artifacts/model.skops/x"), "is a file, and no folder|a folder of"),
    "out of order": (lambda good: good.made(sorted(good.members.items(), reverse=True)), "out of order"),
    # The manifest, its seal, its files.
    "no manifest": (lost("manifest.json"), "manifest.json: missing"),
    "no records": (lost(RECORDS), "audit/records.jsonl is missing"),
    "no head": (lost(HEAD), "audit/head is missing"),
    "a manifest that is a pickle": (lambda good: good.with_manifest(b"\x80\x04cos\nsystem\n."), "cannot be read"),
    "a manifest that is a list": (lambda good: good.with_manifest(b"[]"), "expected an object"),
    "a manifest of a schema to come": (told(schema=2), "schema 1"),
    "a manifest with a name twice": (lambda g: g.with_manifest(b'{"schema": 1, "schema": 1}'), "stands twice"),
    "a manifest nested without end": (lambda g: g.with_manifest(b"[" * 200_000), "nested too deeply"),
    "a manifest with a number of 1 MB": (lambda g: g.with_manifest(b'{"schema":%s}' % (b"9" * 1_000_000)), "digits"),
    "a manifest with infinity": (lambda good: good.with_manifest(b'{"schema": 1e999}'), "too large"),
    "a seal that is wrong": (
        lambda good: good.with_manifest(json.dumps(good.manifest | {"verdict": "better"}).encode()),
        "its seal is not",
    ),
    "a file that is not what the manifest says": (
        lambda good: good.made(good.members | {f"{good.version}/{MODEL}": b"other"}),
        "artifacts/model.skops`: found digest",
    ),
    "a file that the manifest does not name": (named("artifacts/extra"), "extra` is there, and its manifest does not"),
    "a file that is not there": (lost(MODEL), "artifacts/model.skops` is missing, which its manifest names"),
    "a manifest that names a path out": (lambda g: g.changed(files=facts_of(g, "../../out")), "out` is missing"),
    "a digest that leads out": (lambda g: g.changed(files=facts_of(g, sha256="../" * 21 + "x")), "expected a digest"),
    "a size that is none": (lambda g: g.changed(files=facts_of(g, bytes=-1)), "expected a whole number"),
    "a manifest of another version": (told(version="20200101-000000-aaaaaa"), "that of 20200101"),
    "a manifest of another dataset": (told(dataset="other"), "that of"),
    "a manifest of a dataset that leads out": (told(dataset="../other"), "expected the name of a dataset"),
    "a version from the future": (
        lambda good: good.made(good.members, version="99991231-235959-ffffff"),
        "has not begun yet",
    ),
    "a version of no day": (lambda good: good.made(good.members, version="20269999-000000-aaaaaa"), "names no moment"),
    # What would trip those who read it later.
    "a verdict that is a list": (told(verdict=[]), "`verdict` is list"),
    "seconds that are a text": (told(seconds="nine"), "expected a number"),
    "a day that is code": (told(finished="__import__('os')"), "expected a moment"),
    "a stage whose name leads out": (
        told(stages=[{"name": "../x", "title": "", "status": "", "seconds": 0, "cells": 0, "cells_run": 0}]),
        "expected a plain name",
    ),
    "a parameter that is code": (told(parameters={"train": {"x=1\nimport os": 1}}), "a name of Python"),
    "no parameters": (told(parameters=None), "`parameters` is missing"),
    "a success with an error": (told(status="failed"), "does not go with its error"),
    "a page with a script": (
        lambda g: g.with_file("index.html", b"<script>alert(1)</script>"),
        "lets nothing in it run",
    ),
    "a page whose policy comes too late": (
        lambda g: g.with_file("pages/01.html", PAGE.replace(b"<head>", b"<head><script>alert(1)</script>")),
        "lets nothing in it run",
    ),
    "a page whose policy lets scripts run": (
        lambda g: g.with_file("pages/01.HTM", PAGE.replace(b"img-src data:", b"script-src *")),
        "lets nothing in it run",
    ),
    "a picture with a script": (
        lambda g: g.with_file("pages/x.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        "lets nothing in it run",
    ),
    # The records of the origin.
    "a record that is none": (record(b"{}\n"), "line 1: it is no record"),
    "a torn record": (record(b'{"hash":"'), "torn"),
    "a record nested without end": (record(b"[" * 100_000 + b"\n"), "no record"),
    "a head that is none": (lambda good: good.made(good.members | {HEAD: b"shop:x:y\n"}), "head of the log is none"),
    "a head older than the records": (
        lambda good: good.made(good.members | {HEAD: b"shop:1:" + b"a" * 64 + b"\n"}),
        "older than its records",
    ),
    "records in another order": (
        lambda good: good.made(
            good.members | {RECORDS: b"".join(reversed(good.members[RECORDS].splitlines(keepends=True)))}
        ),
        "order",
    ),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return good_archive(tmp_path_factory.mktemp("good"))


def tree(folder: Path) -> dict:
    """Everything below a folder but locks, and what it holds."""
    found = {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
    return {path.relative_to(folder).as_posix(): content for path, content in found.items() if path.suffix != ".lock"}


@pytest.fixture
def refused(tmp_path, acting):
    """Imports a file that must be refused; returns what was said."""

    def refused(content: bytes) -> str:
        path, runs = tmp_path / "in" / "v.tar", tmp_path / "here" / "runs"
        path.parent.mkdir()
        path.write_bytes(content)
        before = tree(tmp_path)
        with pytest.raises(TransferRefused) as said:
            import_version(runs, path, lambda dataset: {})
        after = tree(tmp_path)
        assert {name for name in after if name not in before} <= {"here", "here/runs", "here/runs/.building"}
        assert all(after[name] == content for name, content in before.items())
        return str(said.value)

    return refused


def test_the_good_archive_is_taken(good, tmp_path):
    (tmp_path / "v.tar").write_bytes(good.made(good.members))
    assert good.made(good.members) == good.raw
    assert import_version(tmp_path / "runs", tmp_path / "v.tar", lambda dataset: {})["outcome"] == "imported"


def test_a_page_of_ours_is_taken_and_what_stages_write_is_theirs(good, tmp_path):
    for number, (name, content) in enumerate([("index.html", PAGE), ("artifacts/plot.html", b"<script></script>")]):
        (path := tmp_path / f"{number}.tar").write_bytes(good.with_file(name, content))
        assert import_version(tmp_path / str(number), path, lambda dataset: {})["outcome"] == "imported"


@pytest.mark.parametrize("name", CASES)
def test_each_is_refused_by_name_and_leaves_nothing(name, good, refused):
    make, words = CASES[name]
    said = refused(make(good))
    assert re.search(words, said), said
    assert "refused: " in said
    assert "Cure: " in said
    assert "\n" not in said


def test_there_are_more_of_them_than_were_asked_for():
    assert len(CASES) > 90


@pytest.mark.parametrize(
    ("limit", "value", "words"), [("MOST", 3, "more than 3 files"), ("LARGEST", 4, "expected 0 to 4")]
)
def test_files_are_counted_and_their_sizes_bounded(good, refused, monkeypatch, limit, value, words):
    monkeypatch.setattr(blocks, limit, value)
    assert words in refused(good.raw)


def test_the_size_of_all_is_bounded(good, refused, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_BYTES", 4096)
    assert "at most 4,096 are taken" in refused(good.raw)


def test_a_file_that_changes_while_it_is_read_is_refused(good, tmp_path, monkeypatch):
    (path := tmp_path / "v.tar").write_bytes(good.raw)
    checked = unpacking.check_outside

    def check_then_change(file, name):
        head = checked(file, name)
        path.write_bytes(good.made(good.members | {RECORDS: b""}).ljust(len(good.raw), b"\0"))
        return head

    monkeypatch.setattr("churn_mlops.registry.transfer.importing.check_outside", check_then_change)
    with pytest.raises(TransferRefused):
        import_version(tmp_path / "runs", path, lambda dataset: {})
    assert not list((tmp_path / "runs").glob("[0-9]*"))


def test_what_is_no_file_is_not_opened(tmp_path, acting):
    with pytest.raises(ChurnError, match="no such file"):
        import_version(tmp_path / "runs", tmp_path, lambda dataset: {})


def test_one_flipped_byte_anywhere_is_refused(good, tmp_path):
    """The digest is looked at before anything else, so no place is special."""
    path, size = tmp_path / "v.tar", len(good.raw)
    for place in {*range(0, 600, 7), *range(SIZE, SIZE + 600, 11), *range(0, size, size // 60), size - 1}:
        path.write_bytes(good.raw[:place] + bytes([good.raw[place] ^ 1]) + good.raw[place + 1 :])
        with pytest.raises(TransferRefused):
            import_version(tmp_path / "runs", path, lambda dataset: {})
    assert not list((tmp_path / "runs").glob("[0-9]*"))


def test_padding_is_what_a_block_lacks():
    assert [len(padding(size)) for size in (0, 1, 511, 512, 513)] == [0, 511, 1, 0, 511]
