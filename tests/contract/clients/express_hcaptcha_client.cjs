// Ask for verdicts as an Express server does, with express-hcaptcha, whose host is a constant.

const { middleware } = require("express-hcaptcha");

const [secret, ...tokens] = process.argv.slice(2);
const validate = middleware.validate(secret);

/** Whether the middleware lets a request with this token through. */
function passes(token) {
  return new Promise((settle) => validate({ body: { token } }, {}, (error) => settle(error === undefined)));
}

async function ask() {
  const report = [];
  for (const token of tokens) report.push(await passes(token));
  return report;
}

ask().then((report) => console.log(JSON.stringify(report)));
