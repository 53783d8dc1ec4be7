// Ask for one token with @zennolab_com/capmonstercloud-client; the server is its `serviceUrl` option.

const {
  CapMonsterCloudClientFactory,
  ClientOptions,
  HCaptchaRequest,
} = require("@zennolab_com/capmonstercloud-client");

const [serviceUrl, clientKey, websiteKey, websiteURL] = process.argv.slice(2);

async function ask() {
  const client = CapMonsterCloudClientFactory.Create(new ClientOptions({ clientKey, serviceUrl }));
  const { error, solution } = await client.Solve(new HCaptchaRequest({ websiteURL, websiteKey }));
  if (error !== undefined) {
    return { refusal: { exception: null, error_code: error } };
  }
  return { token: solution.gRecaptchaResponse, user_agent: solution.userAgent, resp_key: solution.respKey };
}

ask().then((report) => console.log(JSON.stringify(report)));
