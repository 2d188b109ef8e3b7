"""Headless Chromium, for the tests of the page; skipped where there is none."""

import contextlib
import shutil
import tempfile
import time

import pytest

# As root, in a container, and without a word to anybody: no name can be resolved.
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
    *("--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@contextlib.contextmanager
def chromium():
    """A Selenium driver of a new Chromium with an empty profile."""
    webdriver = pytest.importorskip("selenium.webdriver")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not (program and driver):
        pytest.skip(
            "no Chromium with its chromedriver: apt-get install chromium "
            "chromium-driver, and the page is tested, too"
        )
    options = webdriver.ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS, NOWHERE, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        service = webdriver.chrome.service.Service(driver)
        browser = webdriver.Chrome(options, service)
        try:
            yield browser
        finally:
            browser.quit()


def until(condition, what: str, seconds: float = 30):
    """The first true answer of `condition()`."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.01)
    return answer
