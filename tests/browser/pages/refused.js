// @hcaptcha/loader, where there is no script.
import { hCaptchaLoader } from "@hcaptcha/loader";

hCaptchaLoader({ apihost: `${window.given.provider}/nowhere`, sentry: false, retryDelay: 1 }).catch((error) =>
  window.told("failed", error.message),
);
