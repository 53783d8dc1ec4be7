// Ask for verdicts with the fetch that Node.js has of its own.

const [secret, ...tokens] = process.argv.slice(2);

const report = [];
for (const response of tokens) {
  const body = new URLSearchParams({ secret, response });
  const answer = await fetch("https://api.hcaptcha.com/siteverify", { method: "POST", body });
  report.push((await answer.json()).success);
}
console.log(JSON.stringify(report));
