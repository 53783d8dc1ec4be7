// Cap's validateToken with its state in memory, behind node's own HTTP server. HOME DIRECTORY COUNT.
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const [home, directory, count] = process.argv.slice(2);
const Cap = require(path.join(home, "node_modules", "@cap.js", "server"));
const cap = new Cap({ noFSState: true });

async function earnToken() {
  // Difficulty 0: whatever is found solves it.
  const { token } = await cap.createChallenge({ challengeCount: 1, challengeDifficulty: 0 });
  return (await cap.redeemChallenge({ token, solutions: [0] })).token;
}

function answer(request, response) {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", async () => {
    const fields = new URLSearchParams(Buffer.concat(parts).toString());
    const body = JSON.stringify(await cap.validateToken(fields.get("response")));
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
}

async function main() {
  const forms = [];
  for (let n = 0; n < Number(count); n++) {
    forms.push(new URLSearchParams({ response: await earnToken(), secret: "unused" }).toString());
  }
  fs.writeFileSync(path.join(directory, "forms"), forms.join("\n") + "\n");
  const server = http.createServer({ keepAliveTimeout: 75000 }, answer);
  server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
}

main();
