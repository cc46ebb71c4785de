"""A draft becomes a file in one step, or not at all; a file that is there stays."""

import os
import tempfile
from itertools import count
from pathlib import Path

from churn_mlops.config import read_config
from churn_mlops.errors import ConfigError


def check_free(output: Path) -> None:
    """Raise ConfigError where a file has that name already, or the name is no definition's."""
    if output.suffix != ".toml":
        raise ConfigError(f"{output}: the name of a definition ends in .toml. Cure: --output configs/NAME.toml.")
    if os.path.lexists(output):
        raise ConfigError(
            f"{output}: is there already, and nothing is overwritten. Cure: --output {_free(output)}, or remove it."
        )


def _free(output: Path) -> Path:
    """The name with the first number that is free."""
    numbered = (output.with_stem(f"{output.stem}-{number}") for number in count(2))
    return next(path for path in numbered if not os.path.lexists(path))


def save_draft(text: str, output: Path) -> None:
    """Write the text under a name of its own, read it as a run would, and give it its name if that is free."""
    check_free(output)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{output.stem}.", suffix=".toml", dir=output.parent)
    except OSError as error:
        raise ConfigError(f"{output}: cannot be written: {error.strerror}. Cure: --output elsewhere.") from None
    written = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        written.chmod(0o644)
        read_config(written)
        os.link(written, output)  # unlike a rename, this fails where somebody was quicker
    except FileExistsError:
        check_free(output)
        raise
    finally:
        written.unlink(missing_ok=True)
