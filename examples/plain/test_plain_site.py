from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from captcha_range.testing import run_site


@pytest.fixture(scope="module")
def shop(stage, environment):
    command = ["python3", "server.py"]
    with run_site(command, stage.origin, environment, folder=Path(__file__).parent) as url:
        yield url


@pytest.fixture
def sign_up(shop):
    def send(token):
        form = {"name": "Ada", "h-captcha-response": token}
        return requests.post(f"{shop}/sign-up", data=form, timeout=10)

    return send


def test_a_visitor_who_passes_the_check_signs_up(captcha, page, shop):
    captcha.play("passive")
    page.goto(shop)
    page.get_by_label("Name").fill("Ada")
    page.frame_locator("iframe[title*=checkbox]").locator("#checkbox").click()
    page.wait_for_function("hcaptcha.getResponse()")
    page.get_by_role("button").click()
    expect(page.get_by_text("Welcome, Ada!")).to_be_visible()


@pytest.mark.parametrize("token", ["", "rubbish"])
def test_nobody_signs_up_without_a_token(sign_up, token):
    assert sign_up(token).status_code == 400


def test_a_token_is_too_old_after_two_minutes(captcha, sign_up):
    token = captcha.token()
    captcha.advance(121)
    assert sign_up(token).status_code == 400


def test_a_token_counts_once(captcha, sign_up):
    token = captcha.token()
    assert [sign_up(token).status_code, sign_up(token).status_code] == [200, 400]


@pytest.mark.parametrize(("score", "status"), [("0.02", 200), ("0.95", 400)])
def test_a_visitor_with_a_high_score_stays_outside(captcha, sign_up, score, status):
    captcha.play(f"score-{score}")
    assert sign_up(captcha.token()).status_code == status


@pytest.mark.parametrize("outage", ["hang", "connection-reset", "http-500", "html", "empty-object", "null"])
def test_nobody_signs_up_while_siteverify_is_down(captcha, sign_up, outage):
    captcha.play(outage)
    assert sign_up(captcha.token()).status_code == 503


def test_a_visitor_is_told_when_the_script_is_blocked(captcha, page, shop):
    captcha.play("script-blocked")
    page.goto(shop)
    expect(page.get_by_text("The check could not be loaded")).to_be_visible()
