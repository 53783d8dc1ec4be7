// Ask for one token with anticaptcha; the server is whatever `https_proxy` in the environment names.

const { AntiCaptcha, AntiCaptchaError, TaskTypes } = require("anticaptcha");

const [clientKey, websiteKey, websiteURL] = process.argv.slice(2);
const RETRIES = 40;
const MILLISECONDS_BETWEEN = 1000;

async function ask() {
  const client = new AntiCaptcha(clientKey);
  try {
    const taskId = await client.createTask({ type: TaskTypes.HCAPTCHA_PROXYLESS, websiteURL, websiteKey });
    const { solution } = await client.getTaskResult(taskId, RETRIES, MILLISECONDS_BETWEEN);
    return { token: solution.gRecaptchaResponse, user_agent: solution.userAgent, resp_key: solution.respKey };
  } catch (error) {
    if (!(error instanceof AntiCaptchaError)) throw error;
    return { refusal: { exception: "AntiCaptchaError", error_code: error.code, message: error.message } };
  }
}

ask().then((report) => console.log(JSON.stringify(report)));
