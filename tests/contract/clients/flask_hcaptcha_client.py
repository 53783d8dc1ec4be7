"""Ask for verdicts as a Flask application does, with Flask-hCaptcha, whose verify URL is a constant."""

import json
import sys

from flask import Flask
from flask_hcaptcha import hCaptcha  # type: ignore[import-not-found]

secret, *tokens = sys.argv[1:]
app = Flask(__name__)
app.config.update(HCAPTCHA_SITE_KEY="unused", HCAPTCHA_SECRET_KEY=secret)
captcha = hCaptcha(app)
report = []
for token in tokens:
    with app.test_request_context("/", method="POST", data={"h-captcha-response": token}):
        report.append(captcha.verify())
sys.stdout.write(json.dumps(report) + "\n")
