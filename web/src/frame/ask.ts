// One request to the provider. A connection that fails is tried again; an answer, whatever it says, is not.

const PAUSES = [500, 1500, 3000]; // milliseconds before each further try

export type Answer<Content> =
  | { content: Content }
  /** `code`: one of the widget's public error codes (spec/provider §2); `isLate`: it was tried more than once. */
  | { code: string; message: string; status: number; isLate: boolean };

/** Post JSON to `address` and read JSON; `retrying` is called before each further try. */
export async function ask<Content>(address: string, body: object, retrying: () => void): Promise<Answer<Content>> {
  for (let tries = 0; ; tries++) {
    try {
      const answer = await fetch(address, { method: "POST", headers: headersFor(address), body: JSON.stringify(body) });
      if (answer.ok) return { content: (await answer.json()) as Content };
      const message = await messageOf(answer);
      return { code: codeOf(answer.status), message, status: answer.status, isLate: tries > 0 };
    } catch {
      const pause = PAUSES[tries];
      if (pause === undefined) return { code: "network-error", message: "no connection", status: 0, isLate: true };
      retrying();
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** A plain text goes to another host without asking it first. */
function headersFor(address: string): Record<string, string> {
  const isOwn = new URL(address, location.href).origin === location.origin;
  return { "content-type": isOwn ? "application/json" : "text/plain" };
}

function codeOf(status: number): string {
  if (status === 429) return "rate-limited";
  return status < 500 ? "invalid-data" : "challenge-error";
}

async function messageOf(answer: Response): Promise<string> {
  try {
    return String(((await answer.json()) as { error: { message: string } }).error.message);
  } catch {
    return `HTTP ${answer.status}`;
  }
}
