"""A sign-up form in FastAPI, checked by hCaptcha with httpx."""

import html
import os
from string import Template
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI, Form, HTTPException
from fastapi.responses import HTMLResponse, PlainTextResponse

SITEKEY = os.environ["HCAPTCHA_SITEKEY"]
SECRET = os.environ["HCAPTCHA_SECRET"]
SCRIPT_URL = os.environ.get("HCAPTCHA_SCRIPT_URL", "https://js.hcaptcha.com/1/api.js")
VERIFY_URL = os.environ.get("HCAPTCHA_VERIFY_URL", "https://api.hcaptcha.com/siteverify")
TIMEOUT = float(os.environ.get("HCAPTCHA_TIMEOUT", "5"))

PAGE = Template("""<!doctype html>
<html lang="en">
  <title>Sign up</title>
  <h1>Sign up</h1>
  <form method="post" action="/sign-up">
    <label>Name <input name="name" required></label>
    <div class="h-captcha" data-sitekey="$sitekey"></div>
    <p id="no-check" hidden>The check could not be loaded. Please allow it, or write to us.</p>
    <button>Sign up</button>
  </form>
  <script src="$script_url" async defer onerror="document.getElementById('no-check').hidden = false"></script>
</html>
""")

app = FastAPI()


async def only_humans(token: Annotated[str, Form(alias="h-captcha-response")] = "") -> None:
    form = {"secret": SECRET, "response": token, "sitekey": SITEKEY}
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            answer = await client.post(VERIFY_URL, data=form)
        verdict = answer.raise_for_status().json()
        human = verdict["success"] is True and verdict.get("score", 0.0) < 0.8
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise HTTPException(503, "The check is not available. Please try again later.") from error
    if not human:
        raise HTTPException(400, "Please prove that you are human.")


@app.get("/")
async def form() -> HTMLResponse:
    return HTMLResponse(PAGE.substitute(sitekey=html.escape(SITEKEY), script_url=html.escape(SCRIPT_URL)))


@app.post("/sign-up", dependencies=[Depends(only_humans)])
async def sign_up(name: Annotated[str, Form()]) -> PlainTextResponse:
    return PlainTextResponse(f"Welcome, {name}!")
