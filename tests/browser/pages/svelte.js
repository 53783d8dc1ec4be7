// svelte-hcaptcha, as its README uses it: callbacks by the names of globals, and no response key.
import HCaptcha from "svelte-hcaptcha";

const { provider, sitekey } = window.given;
const captcha = new HCaptcha({
  target: document.getElementById("app"),
  props: { sitekey, apihost: `${provider}/1/api.js` },
});
captcha.$on("load", () => window.told("loaded"));
captcha.$on("success", ({ detail }) => window.told("verified", detail.token, window.hcaptcha.getRespKey()));
captcha.$on("error", () => window.told("failed"));
