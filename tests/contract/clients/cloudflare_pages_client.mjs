// Ask for verdicts as a site on Cloudflare Pages does, with its hCaptcha plugin, which sends the form in parts.

import { createRequire } from "node:module";

const { resolve } = createRequire(import.meta.url);
const { default: plugin } = await import(resolve("@cloudflare/pages-plugin-hcaptcha"));
const [secret, ...tokens] = process.argv.slice(2);
const onRequest = plugin({ secret });

/** Whether the plugin lets a request with this token through to the page behind it. */
async function passes(token) {
  const body = new FormData();
  body.set("h-captcha-response", token);
  const context = {
    request: new Request("http://shop.localhost/", { method: "POST", body }),
    functionPath: "",
    env: {},
    data: {},
    next: async () => new Response("Welcome"),
    waitUntil() {},
    passThroughOnException() {},
  };
  return (await (await onRequest(context)).text()) === "Welcome";
}

const report = [];
for (const token of tokens) report.push(await passes(token));
console.log(JSON.stringify(report));
