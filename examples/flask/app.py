"""A sign-up form in Flask, checked by hCaptcha with requests."""

import os

import requests
from flask import Flask, render_template, request

SITEKEY = os.environ["HCAPTCHA_SITEKEY"]
SECRET = os.environ["HCAPTCHA_SECRET"]
SCRIPT_URL = os.environ.get("HCAPTCHA_SCRIPT_URL", "https://js.hcaptcha.com/1/api.js")
VERIFY_URL = os.environ.get("HCAPTCHA_VERIFY_URL", "https://api.hcaptcha.com/siteverify")
TIMEOUT = float(os.environ.get("HCAPTCHA_TIMEOUT", "5"))

app = Flask(__name__)


class CheckDown(Exception):
    """Nobody knows whether this is a human."""


def is_human(token):
    try:
        form = {"secret": SECRET, "response": token, "sitekey": SITEKEY}
        answer = requests.post(VERIFY_URL, data=form, timeout=TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        verdict = answer.json()
        return verdict["success"] is True and verdict.get("score", 0.0) < 0.8
    except (requests.RequestException, KeyError, TypeError) as error:
        raise CheckDown from error


@app.get("/")
def form():
    return render_template("sign_up.html", sitekey=SITEKEY, script_url=SCRIPT_URL)


@app.post("/sign-up")
def sign_up():
    if not is_human(request.form.get("h-captcha-response", "")):
        return "Please prove that you are human.", 400
    return f"Welcome, {request.form['name']}!", {"Content-Type": "text/plain; charset=utf-8"}


@app.errorhandler(CheckDown)
def check_down(_error):
    return "The check is not available. Please try again later.", 503
