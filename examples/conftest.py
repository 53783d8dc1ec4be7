"""What the tests of all five sites share."""

import shutil

import pytest
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="module")
def stage(captcha_range):
    """One site of the range for a whole file, because its back end is started once."""
    with captcha_range.stage() as stage:
        yield stage


@pytest.fixture
def captcha(stage):
    """The same, begun again for each test: no tokens, no scenarios, the clock put back."""
    stage.reset()
    return stage


@pytest.fixture(scope="module")
def environment(stage):
    """The variables that every one of these sites reads."""
    return {
        "HCAPTCHA_SITEKEY": stage.sitekey,
        "HCAPTCHA_SECRET": stage.secret,
        "HCAPTCHA_SCRIPT_URL": stage.script_url,
        "HCAPTCHA_VERIFY_URL": stage.verify_url,
        "HCAPTCHA_TIMEOUT": "2",
    }


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium")
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=chromium) as browser:
        yield browser


@pytest.fixture
def page(browser):
    with browser.new_context() as context:
        yield context.new_page()
