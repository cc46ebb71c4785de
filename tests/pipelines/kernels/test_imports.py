"""What a notebook imports is read from it without running it; what is the project's own can be left out."""

import pytest

from churn_mlops.pipelines.kernels.imports import installed_imports, top_imports

CELLS = (
    "import json, helper\nfrom pathlib import Path",
    "%matplotlib inline\nimport not_seen_beside_a_magic",
    "import pandas as pd\nfrom package.inner import x\nfrom sklearn.linear_model import Ridge as R",
    "if True:\n    import not_at_the_top",
)


@pytest.fixture
def path(tmp_path, notebook):
    (tmp_path / "package").mkdir()
    (tmp_path / "helper.py").touch()
    return notebook(tmp_path / "01_x.ipynb", "x: int = 1", *CELLS)


def test_the_imports_at_the_top_of_each_cell_come_one_a_line(path):
    assert top_imports(path).splitlines() == [
        "import json, helper",
        "from pathlib import Path",
        "import pandas as pd",
        "from package.inner import x",
        "from sklearn.linear_model import Ridge as R",
    ]


def test_a_statement_that_names_a_module_of_the_project_is_none_of_the_installed_ones(path):
    installed = ["from pathlib import Path", "import pandas as pd", "from sklearn.linear_model import Ridge as R"]
    assert installed_imports(path, [path.parent / "elsewhere", path.parent]).splitlines() == installed
