"""Ask for verdicts as a Flask application does, with Flask-xCaptcha, which sends the fields in the URL of a GET."""

import json
import sys

from flask import Flask
from flask_xcaptcha import XCaptcha  # type: ignore[import-not-found]

verify_url, secret, *tokens = sys.argv[1:]
app = Flask(__name__)
app.config.update(
    XCAPTCHA_SITE_KEY="unused",
    XCAPTCHA_SECRET_KEY=secret,
    XCAPTCHA_VERIFY_URL=verify_url,
    XCAPTCHA_DIV_CLASS="h-captcha",
)
captcha = XCaptcha(app)
report = []
for token in tokens:
    with app.test_request_context("/", method="POST", data={"h-captcha-response": token}):
        report.append(captcha.verify())
sys.stdout.write(json.dumps(report) + "\n")
