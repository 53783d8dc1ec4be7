from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from captcha_range.testing import run_site

REFUSED = "hCaptcha could not be verified"
DOWN = "Something went wrong while verifying the hCaptcha"


@pytest.fixture(scope="module")
def shop(stage, environment):
    command = ["python", "manage.py", "runserver", "--noreload", "{port}"]
    with run_site(command, stage.origin, environment, folder=Path(__file__).parent) as url:
        yield url


@pytest.fixture
def sign_up(shop):
    with requests.Session() as visitor:
        visitor.get(shop)

        def send(token):
            form = {"name": "Ada", "h-captcha-response": token, "csrfmiddlewaretoken": visitor.cookies["csrftoken"]}
            return visitor.post(shop, data=form, timeout=10).text

        yield send


def test_a_visitor_who_passes_the_check_signs_up(captcha, page, shop):
    captcha.play("passive")
    page.goto(shop)
    page.get_by_label("Name").fill("Ada")
    page.frame_locator("iframe[title*=checkbox]").locator("#checkbox").click()
    page.wait_for_function("hcaptcha.getResponse()")
    page.get_by_role("button").click()
    expect(page.get_by_text("Welcome, Ada!")).to_be_visible()


@pytest.mark.parametrize(("token", "message"), [("", "Please prove you are human"), ("rubbish", REFUSED)])
def test_nobody_signs_up_without_a_token(sign_up, token, message):
    assert message in sign_up(token)


def test_a_token_is_too_old_after_two_minutes(captcha, sign_up):
    token = captcha.token()
    captcha.advance(121)
    assert REFUSED in sign_up(token)


def test_a_token_counts_once(captcha, sign_up):
    token = captcha.token()
    assert sign_up(token) == "Welcome, Ada!"
    assert REFUSED in sign_up(token)


@pytest.mark.parametrize(("score", "message"), [("0.02", "Welcome, Ada!"), ("0.95", REFUSED)])
def test_a_visitor_with_a_high_score_stays_outside(captcha, sign_up, score, message):
    captcha.play(f"score-{score}")
    assert message in sign_up(captcha.token())


@pytest.mark.parametrize("outage", ["hang", "connection-reset", "http-500", "html", "empty-object", "null"])
def test_nobody_signs_up_while_siteverify_is_down(captcha, sign_up, outage):
    captcha.play(outage)
    assert DOWN in sign_up(captcha.token())


def test_a_visitor_is_told_when_the_script_is_blocked(captcha, page, shop):
    captcha.play("script-blocked")
    page.goto(shop)
    expect(page.get_by_text("The check could not be loaded")).to_be_visible()
