// Ask for one token with @antiadmin/anticaptchaofficial; the server is whatever `https_proxy` names.

const anticaptcha = require("@antiadmin/anticaptchaofficial");

const [clientKey, websiteKey, websiteURL] = process.argv.slice(2);

async function ask() {
  anticaptcha.setAPIKey(clientKey);
  anticaptcha.shutUp();
  try {
    const token = await anticaptcha.solveHCaptchaProxyless(websiteURL, websiteKey);
    return {
      token,
      user_agent: anticaptcha.getHcaptchaUserAgent(),
      resp_key: anticaptcha.getHcaptchaRespKey(),
    };
  } catch (error) {
    // It throws the error's code itself, as a plain string.
    if (typeof error !== "string") throw error;
    return { refusal: { exception: null, error_code: error } };
  }
}

ask().then((report) => console.log(JSON.stringify(report)));
