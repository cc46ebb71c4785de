import os
from pathlib import Path

import pytest
from hypothesis import settings

CHROMIUM = Path("/usr/bin/chromium")
settings.register_profile("untimed", deadline=None)  # no test may depend on how busy the machine is
settings.load_profile("untimed")

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium. Only for the module: its event loop must not stand when other tests start a kernel."""
    if not CHROMIUM.exists():
        missing = f"{CHROMIUM} is not installed (Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS.split())
        yield chromium
        chromium.close()
