"""Ask for verdicts with nothing but Python's own library."""

import json
import sys
import urllib.parse
import urllib.request

secret, *tokens = sys.argv[1:]


def success(token: str) -> bool:
    form = urllib.parse.urlencode({"secret": secret, "response": token}).encode()
    with urllib.request.urlopen("https://api.hcaptcha.com/siteverify", data=form) as answer:
        return bool(json.load(answer)["success"])


sys.stdout.write(json.dumps([success(token) for token in tokens]) + "\n")
