// @hcaptcha/vue3-hcaptcha, as its README uses it.
import { createApp, h } from "vue";
import VueHcaptcha from "@hcaptcha/vue3-hcaptcha";

const { provider, sitekey } = window.given;
createApp({
  render: () =>
    h(VueHcaptcha, {
      sitekey,
      apiEndpoint: `${provider}/1/api.js`,
      endpoint: provider,
      assethost: provider,
      imghost: provider,
      sentry: false,
      onRendered: () => window.told("rendered"),
      onOpened: () => window.told("opened"),
      onVerify: (token, key) => window.told("verified", token, key),
      onError: (code) => window.told("failed", code),
    }),
}).mount("#app");
