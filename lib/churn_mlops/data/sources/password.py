"""The password of a database: from the environment or `.env`, and shown nowhere."""

import os
from pathlib import Path

from churn_mlops.archive.secrets import is_secret_name
from churn_mlops.archive.secrets.finding import LISTED, read_dotenv
from churn_mlops.errors import ConfigError

VARIABLES = ("CHURN_DB_PASSWORD", "PGPASSWORD")


def find_password(variable: str = "") -> str | None:
    """The password in the named variable, or in one of VARIABLES; the environment goes before `.env`.

    None where there is none: the server may not ask for one.
    """
    settings = dict(read_dotenv(dotenv())) | dict(os.environ)
    names = [variable] if variable else VARIABLES
    return next((settings[name] for name in names if settings.get(name)), None)


def dotenv() -> Path:
    """`.env` beside the nearest pipeline.py from here upwards, as the run that hides what stands in it sees it."""
    here = Path.cwd()
    return next((f for f in (here, *here.parents) if (f / "pipeline.py").is_file()), here) / ".env"


def check_variable(variable: str) -> None:
    """Raise ConfigError for a name whose value would not be hidden; the name may be a password by mistake."""
    listed = os.environ.get(LISTED, "").split(",") + dict(read_dotenv(dotenv())).get(LISTED, "").split(",")
    if variable and not is_secret_name(variable) and variable not in map(str.strip, listed):
        raise ConfigError(
            "[source] `password_variable` names an environment variable whose value would not be hidden. "
            "Expected the name of one, not the password itself, with the word PASSWORD in it. "
            'Cure: password_variable = "CHURN_DB_PASSWORD".'
        )


def hidden(text: str, password: str | None) -> str:
    """A text, such as a server's message, without the password."""
    return text.replace(password, "[secret]") if password else text
