"""Kernels that are ready before they are needed: fresh for each stage, started while the one before runs.

Starting a kernel and importing what a stage imports takes 3 to 4 seconds, most of what a small stage takes
at all. The kernel of the next stage does both on the other core. It has loaded modules and nothing else: no name
is defined in it, and no stage has run in it.
"""

import ast
import os
import shutil
import tempfile
from pathlib import Path


def start_kernel(notebook: Path):
    """Start a kernel in the notebook's folder that loads the modules the notebook imports; does not wait for it.

    Returns a running `AsyncKernelManager`; `stop_kernel` ends it if it is not used.
    """
    import nbformat
    from jupyter_client import AsyncKernelManager
    from jupyter_core.utils import run_sync

    # Messages go through files that only this user can open, where the system has such sockets. The folder's
    # name is short because the name of a socket may not be long.
    folder = Path(tempfile.mkdtemp(prefix="churn-"))
    sockets = {"transport": "ipc", "ip": str(folder / "k")} if os.name == "posix" else {"transport": "tcp"}
    manager = AsyncKernelManager(kernel_name="python3", connection_file=str(folder / "kernel.json"), **sockets)
    imports = top_imports(nbformat.read(notebook, as_version=4))
    arguments = ["--HistoryManager.hist_file=:memory:", f"--IPKernelApp.exec_lines=exec({imports!r}, {{}})"]
    run_sync(manager.start_kernel)(cwd=str(notebook.parent), extra_arguments=arguments)
    return manager


def top_imports(notebook) -> str:
    """The import statements of a notebook's code cells, one a line; cells that are not plain Python are passed over."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            statements = ast.parse(cell.source).body
        except SyntaxError:
            continue
        found += [ast.unparse(s) for s in statements if isinstance(s, ast.Import | ast.ImportFrom)]
    return "\n".join(found)


def stop_kernel(manager) -> None:
    """End a kernel, if it still runs, and remove the files that carried its messages."""
    from jupyter_core.utils import run_sync

    if manager.has_kernel:
        run_sync(manager.shutdown_kernel)(now=True)
    shutil.rmtree(Path(manager.connection_file).parent, ignore_errors=True)
