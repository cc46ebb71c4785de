"""A small project whose first stage reads data through a helper, and versions of it that somebody has changed."""

import io
import json
import os
import shutil
import tarfile
from pathlib import Path

import pytest
from tests.pipelines.conftest import CONFIG, TinyProject, lay_out, write_notebook

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import write_json
from churn_mlops.archive.packing import pack
from churn_mlops.archive.seal import SEAL, seal
from churn_mlops.archive.store import stored
from churn_mlops.archive.versions import read_manifest
from churn_mlops.pipelines.reproducing.source import LIST, SOURCE, read_source
from churn_mlops.pipelines.stage import Stage

STAGES = (
    Stage("01_make", writes=("read/", "number.txt")),
    Stage("02_use", reads=("number.txt",), writes=("answer.json",)),
)
READ = (
    """
config: str = "../configs/shop.toml"  # the dataset definition
data: str = ""  # file to read
run_dir: str = "../runs/lab"  # folder of the run
factor: int = 2  # multiplies
""",
    "import json\nfrom pathlib import Path\nimport helper",
    "folder = Path(run_dir, 'read')\nfolder.mkdir(exist_ok=True)\nheld = helper.find(data)",
    "_ = (folder / 'table.parquet').write_bytes(held.read_bytes())",
    "_ = (folder / 'tables.json').write_text(json.dumps({'table': {'file': 'read/table.parquet'}}))",
    "Path(run_dir, 'number.txt').write_text(str(helper.scale(len(held.read_text()), factor)))",
)
HELPER = '''"""Where the data is, and how it counts."""

from pathlib import Path


def find(data):
    """The file itself, or its copy in a folder that the archive has laid out."""
    path = Path(data or "../configs/shop.csv")
    return path / "read" / "table.parquet" if path.is_dir() else path


def scale(number, factor):
    """A number, larger."""
    return number * factor
'''


def lay_out_shop(root: Path) -> TinyProject:
    """The project; its data is a text, whatever the name of the file says."""
    lay_out(root)
    write_notebook(root / "notebooks" / "01_make.ipynb", *READ)
    (root / "notebooks" / "helper.py").write_text(HELPER)
    text = (root / "pipeline.py").read_text()
    start, end = text.index("STAGES"), text.index("\nif __name__")
    (root / "pipeline.py").write_text(f"{text[:start]}STAGES = {STAGES!r}\n{text[end:]}")
    (root / "configs" / "shop.toml").write_text(CONFIG)
    return TinyProject(root, STAGES)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The project with one run; its archive is copied before anything in it is changed."""
    project = lay_out_shop(tmp_path_factory.mktemp("reproduce") / "shop")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "MPLCONFIGDIR", "PYTHONHASHSEED", "OMP_NUM_THREADS"):
            patch.setenv(name, "")  # put back afterwards, whatever the run sets it to
            patch.delenv(name)
        result = project.run()
    assert result.exit_code == 0, result.manifest["error"]
    yield project, result.version
    shutil.rmtree(project.root, ignore_errors=True)


@pytest.fixture
def copied(shop, tmp_path):
    """A copy of the project with its archive, and the version in it."""
    project, version = shop
    shutil.copytree(project.root, tmp_path / "copy", symlinks=True)
    return TinyProject(tmp_path / "copy", STAGES), version


def change(path: Path, alter) -> None:
    """Write over a read-only file of the archive, and not over its other names."""
    content = alter(path.read_bytes())
    path.unlink()
    path.write_bytes(content)


def change_source(path: Path, name: str, old: str, new: str, consistently: bool) -> None:
    """Change a file within `source.tar`; `consistently` also in the list of what is in it."""
    with tarfile.open(path) as tar:
        files = {one.name: tar.extractfile(one).read() for one in tar}
    assert old.encode() in files[name]
    files[name] = files[name].replace(old.encode(), new.encode())
    path.unlink()
    path.write_bytes(pack(files))
    if consistently:
        import hashlib

        listed = json.loads(files[LIST])
        listed[name]["sha256"] = hashlib.sha256(files[name]).hexdigest()
        path.write_bytes(pack(files | {LIST: json.dumps(listed).encode()}))
        assert read_source(path)


def seal_anew(runs: Path, version: str) -> None:
    """Let manifest and store fit what was changed, as somebody would who means to deceive, and lose the audit log."""
    manifest, folder = read_manifest(runs, version), runs / version
    for name in manifest["files"]:
        digest = digest_file(folder / name)
        manifest["files"][name] = {"sha256": digest, "bytes": (folder / name).stat().st_size}
        kept = stored(runs / ".store", digest)
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            os.link(folder / name, kept)
    manifest.pop(SEAL)
    (folder / "manifest.json").unlink()
    write_json(folder / "manifest.json", seal(manifest))
    shutil.rmtree(runs / "registry")


def names_in(path: Path) -> list[str]:
    """The members of a tar file."""
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as tar:
        return tar.getnames()


__all__ = ["SOURCE", "change", "change_source", "copied", "names_in", "seal_anew", "shop"]
