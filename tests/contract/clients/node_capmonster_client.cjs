// Ask for one token with node-capmonster; the server is whatever `https_proxy` in the environment names.

const { CapmonsterError, HCaptchaTask } = require("node-capmonster");

const [clientKey, websiteKey, websiteURL] = process.argv.slice(2);

async function ask() {
  const client = new HCaptchaTask(clientKey);
  try {
    const taskId = await client.createWithTask(client.task({ websiteURL, websiteKey }));
    const solution = await client.joinTaskResult(taskId);
    return { token: solution.gRecaptchaResponse, user_agent: solution.userAgent, resp_key: solution.respKey };
  } catch (error) {
    if (!(error instanceof CapmonsterError)) throw error;
    const { errorId, errorCode, errorDescription } = error.error;
    return {
      refusal: {
        exception: error.name,
        error_id: errorId,
        error_code: errorCode,
        message: errorDescription,
      },
    };
  }
}

ask().then((report) => console.log(JSON.stringify(report)));
