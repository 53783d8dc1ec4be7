// solid-hcaptcha, as its README uses it.
import { createComponent, render } from "solid-js/web";
import HCaptcha from "solid-hcaptcha";

const { provider, sitekey } = window.given;
const props = {
  sitekey,
  apihost: provider,
  endpoint: provider,
  assethost: provider,
  imghost: provider,
  sentry: false,
  onLoad: () => window.told("loaded"),
  onOpen: () => window.told("opened"),
  onVerify: (token, key) => window.told("verified", token, key),
  onError: (code) => window.told("failed", code),
};
render(() => createComponent(HCaptcha, props), document.getElementById("app"));
