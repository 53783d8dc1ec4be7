// Ask for verdicts with captcha-verifier, which sends the form in chunks to a constant address.

const verifier = require("captcha-verifier");

const [secret, ...tokens] = process.argv.slice(2);
verifier.config({ hCaptchaSecretKey: secret });

async function ask() {
  const report = [];
  for (const token of tokens) {
    const [success] = await verifier.hCaptcha(token, "127.0.0.1");
    report.push(success);
  }
  return report;
}

ask().then((report) => console.log(JSON.stringify(report)));
