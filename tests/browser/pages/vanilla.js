// @hcaptcha/vanilla-hcaptcha, a custom element, as its README uses it.
import "@hcaptcha/vanilla-hcaptcha";

const { provider, sitekey } = window.given;
const captcha = document.createElement("h-captcha");
captcha.setAttribute("sitekey", sitekey);
captcha.setAttribute("jsapi", `${provider}/1/api.js`);
for (const host of ["endpoint", "assethost", "imghost"]) captcha.setAttribute(host, provider);
captcha.setAttribute("sentry", "false");
captcha.addEventListener("loaded", () => window.told("loaded"));
captcha.addEventListener("opened", () => window.told("opened"));
captcha.addEventListener("verified", ({ token, eKey }) => window.told("verified", token, eKey));
captcha.addEventListener("error", ({ error }) => window.told("failed", error));
document.getElementById("app").append(captcha);
