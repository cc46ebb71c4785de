import hashlib

import pytest
from tests.pipelines.adopting import folders

from churn_mlops.pipelines.adopting.adopting import adopt


def state(folder):
    """Every file of a folder with its content and dates, links as links."""
    return {
        path.relative_to(folder).as_posix(): (
            path.lstat().st_mtime_ns,
            path.readlink() if path.is_symlink() else path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="module")
def adopted(tmp_path_factory):
    """Adopts a folder by name, once a module: the answer, the project's folder; the folder must stay as it was."""
    root, known = tmp_path_factory.mktemp("adopted"), {}

    def by_name(name):
        if name not in known:
            given = [root / name] + [root / "outside"] * (name == "hostile")
            folder = getattr(folders, name)(*given)
            before = state(folder)
            known[name] = adopt(folder, root / f"{name}_project"), root / f"{name}_project"
            assert state(folder) == before
        return known[name]

    return by_name
