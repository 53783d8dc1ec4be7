"""Ask for one token with pynocaptcha; the server is whatever `http_proxy` in the environment names."""

import json
import sys

from pynocaptcha import HcaptchaCracker  # type: ignore[import-not-found]

client_key, sitekey, page_url = sys.argv[1:]

# `debug` logs the server's message to standard error: a refusal is visible nowhere else.
cracker = HcaptchaCracker(
    user_token=client_key, sitekey=sitekey, referer=page_url, need_ekey=True, debug=True, show_ad=False
)
answer = cracker.crack()

if answer is None:
    report = {"refusal": {"exception": None}}
else:
    report = {
        "token": answer["generated_pass_UUID"],
        "user_agent": answer["user_agent"],
        "resp_key": answer["ekey"],
    }
sys.stdout.write(json.dumps(report) + "\n")
