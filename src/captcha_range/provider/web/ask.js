// One request to the provider, of which these frames are pages.

/** `{content}` on success, else `{code}`: one of the widget's public error codes (spec/provider §2). */
export async function ask(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return answer.ok ? { content: await answer.json() } : { status: answer.status, code: codeOf(answer.status) };
  } catch {
    return { code: "network-error" };
  }
}

function codeOf(status) {
  if (status === 429) return "rate-limited";
  return status < 500 ? "invalid-data" : "challenge-error";
}
