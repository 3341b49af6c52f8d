"""The browser of this machine; where there is none, one is fetched, or the tests are skipped."""

import shutil
import subprocess
import sys

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FETCHED_WITHIN = 300


def find_chromium() -> str | None:
    """Return the program to start, or None for the one that Playwright keeps."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    fetch = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    try:
        subprocess.run(fetch, check=True, capture_output=True, timeout=FETCHED_WITHIN)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip(f"No browser: none of {', '.join(NAMES)} is here, and none could be fetched.")
    return None
