// @hcaptcha/vue-hcaptcha, for Vue 2, as its README uses it.
import Vue from "vue2";
import VueHcaptcha from "@hcaptcha/vue-hcaptcha";

const { provider, sitekey } = window.given;
const props = {
  sitekey,
  apiEndpoint: `${provider}/1/api.js`,
  endpoint: provider,
  assethost: provider,
  imghost: provider,
  sentry: false,
};
const on = {
  rendered: () => window.told("rendered"),
  opened: () => window.told("opened"),
  verify: (token, key) => window.told("verified", token, key),
  error: (code) => window.told("failed", code),
};
new Vue({ render: (h) => h(VueHcaptcha, { props, on }) }).$mount("#app");
