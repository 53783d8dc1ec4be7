"""A page and the smallest back end for it: Python's standard library and nothing else."""

import html
import http.client
import json
import os
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template

SITEKEY = os.environ["HCAPTCHA_SITEKEY"]
SECRET = os.environ["HCAPTCHA_SECRET"]
SCRIPT_URL = os.environ.get("HCAPTCHA_SCRIPT_URL", "https://js.hcaptcha.com/1/api.js")
VERIFY_URL = os.environ.get("HCAPTCHA_VERIFY_URL", "https://api.hcaptcha.com/siteverify")
TIMEOUT = float(os.environ.get("HCAPTCHA_TIMEOUT", "5"))
PAGE = Template(Path(__file__).with_name("index.html").read_text())


def is_human(token):
    form = urllib.parse.urlencode({"secret": SECRET, "response": token, "sitekey": SITEKEY}).encode()
    with urllib.request.urlopen(VERIFY_URL, form, TIMEOUT) as answer:
        verdict = json.load(answer)
    return verdict["success"] is True and verdict.get("score", 0.0) < 0.8


def sign_up(form):
    """The status and the text of the answer."""
    try:
        if not is_human(form.get("h-captcha-response", "")):
            return 400, "Please prove that you are human."
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return 503, "The check is not available. Please try again later."
    return 200, f"Welcome, {form.get('name', 'stranger')}!"


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        page = PAGE.substitute(sitekey=html.escape(SITEKEY), script_url=html.escape(SCRIPT_URL))
        self.answer(200, page, "text/html")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, text = sign_up(dict(urllib.parse.parse_qsl(body.decode())))
        self.answer(status, text, "text/plain")

    def answer(self, status, text, kind):
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Shop).serve_forever()
