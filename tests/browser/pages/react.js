// @hcaptcha/react-hcaptcha, as its README uses it.
import { createElement, createRef, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import HCaptcha from "@hcaptcha/react-hcaptcha";

const { provider, sitekey } = window.given;
const captcha = createRef();
const widget = createElement(HCaptcha, {
  ref: captcha,
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
});
createRoot(document.getElementById("app")).render(createElement(StrictMode, null, widget));
