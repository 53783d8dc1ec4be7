// What a site's developer copies: the page and the server, with this range's addresses and the site's own keys.

import type { Site } from "./admin";

export interface Snippet {
  language: string;
  text: string;
}

/** For a site; `secret` is null where nobody can know it any more. */
export function snippetsOf(site: Site, secret: string | null, range: string): Snippet[] {
  const verify = `${range}/siteverify`;
  const key = secret ?? "the secret of this site";
  const [twice, once] = [JSON.stringify(key), `'${key.replace(/[\\']/g, "\\$&")}'`];
  return [
    { language: "HTML", text: page(site, range) },
    { language: "Python", text: python(verify, twice) },
    { language: "Node", text: node(verify, twice) },
    { language: "PHP", text: php(verify, once) },
    { language: "Ruby", text: ruby(verify, once) },
    { language: "Go", text: go(verify, twice) },
    { language: "curl", text: curl(verify, `'${key.replace(/'/g, "'\\''")}'`) },
  ];
}

function page(site: Site, range: string): string {
  return `<script src="${range}/1/api.js" async defer></script>

<form method="post" action="/register">
  <div class="h-captcha" data-sitekey="${site.sitekey}"></div>
  <button>Register</button>
</form>`;
}

function python(verify: string, secret: string): string {
  return `import requests

answer = requests.post(
    "${verify}",
    data={"secret": ${secret}, "response": form["h-captcha-response"]},
    timeout=5,
)
passed = answer.json()["success"] is True`;
}

function node(verify: string, secret: string): string {
  return `const answer = await fetch("${verify}", {
  method: "POST",
  body: new URLSearchParams({
    secret: ${secret},
    response: form["h-captcha-response"],
  }),
  signal: AbortSignal.timeout(5000),
});
const passed = (await answer.json()).success === true;`;
}

function php(verify: string, secret: string): string {
  return `$fields = http_build_query([
    'secret' => ${secret},
    'response' => $_POST['h-captcha-response'] ?? '',
]);
$answer = file_get_contents('${verify}', false, stream_context_create(['http' => [
    'method' => 'POST',
    'header' => 'Content-Type: application/x-www-form-urlencoded',
    'content' => $fields,
    'timeout' => 5,
]]));
$passed = $answer !== false && (json_decode($answer)->success ?? false) === true;`;
}

function ruby(verify: string, secret: string): string {
  return `require "json"
require "net/http"

answer = Net::HTTP.post_form(
  URI("${verify}"),
  "secret" => ${secret},
  "response" => params["h-captcha-response"],
)
passed = JSON.parse(answer.body)["success"] == true`;
}

function go(verify: string, secret: string): string {
  return `client := &http.Client{Timeout: 5 * time.Second}
answer, err := client.PostForm("${verify}", url.Values{
	"secret":   {${secret}},
	"response": {r.PostFormValue("h-captcha-response")},
})
if err != nil {
	return false, err
}
defer answer.Body.Close()
var verdict struct{ Success bool }
err = json.NewDecoder(answer.Body).Decode(&verdict)
return verdict.Success, err`;
}

function curl(verify: string, secret: string): string {
  return `curl ${verify} \\
  --data-urlencode secret=${secret} \\
  --data-urlencode response="$TOKEN"`;
}
