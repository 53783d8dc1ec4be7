// A sign-up form in Express, checked by hCaptcha with Node's own fetch.

const express = require("express");

const SITEKEY = process.env.HCAPTCHA_SITEKEY;
const SECRET = process.env.HCAPTCHA_SECRET;
const SCRIPT_URL = process.env.HCAPTCHA_SCRIPT_URL ?? "https://js.hcaptcha.com/1/api.js";
const VERIFY_URL = process.env.HCAPTCHA_VERIFY_URL ?? "https://api.hcaptcha.com/siteverify";
const TIMEOUT = Number(process.env.HCAPTCHA_TIMEOUT ?? 5) * 1000;

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const page = `<!doctype html>
<html lang="en">
  <title>Sign up</title>
  <h1>Sign up</h1>
  <form method="post" action="/sign-up">
    <label>Name <input name="name" required></label>
    <div class="h-captcha" data-sitekey="${escaped(SITEKEY)}"></div>
    <p id="no-check" hidden>The check could not be loaded. Please allow it, or write to us.</p>
    <button>Sign up</button>
  </form>
  <script src="${escaped(SCRIPT_URL)}" async defer onerror="document.getElementById('no-check').hidden = false"></script>
</html>`;

async function isHuman(token) {
  const body = new URLSearchParams({ secret: SECRET, response: token, sitekey: SITEKEY });
  const answer = await fetch(VERIFY_URL, { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT) });
  if (!answer.ok) throw new Error(`siteverify answered ${answer.status}`);
  const { success, score = 0 } = await answer.json();
  if (success === undefined) throw new Error("siteverify gave no verdict");
  return success === true && score < 0.8;
}

async function onlyHumans(request, response, next) {
  let human;
  try {
    human = await isHuman(String(request.body["h-captcha-response"] ?? ""));
  } catch {
    return response.status(503).send("The check is not available. Please try again later.");
  }
  if (!human) return response.status(400).send("Please prove that you are human.");
  next();
}

const app = express();
app.get("/", (_request, response) => response.send(page));
app.post("/sign-up", express.urlencoded({ extended: false }), onlyHumans, (request, response) => {
  response.type("text").send(`Welcome, ${request.body.name}!`);
});
app.listen(Number(process.env.PORT ?? 3000), "localhost");
