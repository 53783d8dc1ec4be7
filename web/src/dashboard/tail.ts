// The journal as it is written: server-sent events through fetch, since EventSource sends no headers.

import type { Admin, Entry } from "./admin";

const PAUSE = 1000; // milliseconds before a broken connection is tried again

/** Call `heard` with what is new after an entry's number, until `signal`; `isLive` says how the connection is. */
export async function follow(
  admin: Admin,
  query: URLSearchParams,
  after: number,
  signal: AbortSignal,
  heard: (entries: Entry[]) => void,
  isLive: (isLive: boolean) => void,
): Promise<void> {
  let reached = after;
  while (!signal.aborted) {
    try {
      query.set("after", String(reached));
      const answer = await admin.open(`/admin/journal/tail?${query}`, signal);
      isLive(true);
      for await (const entries of entriesOf(answer)) {
        reached = entries[entries.length - 1]?.number ?? reached;
        heard(entries);
      }
    } catch {
      // said by isLive
    }
    if (signal.aborted) return;
    isLive(false);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

async function* entriesOf(answer: Response): AsyncGenerator<Entry[]> {
  const reader = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream() as never).getReader() as ReadableStreamDefaultReader<string>;
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    const entries = lines.filter((line) => line.startsWith("data:")).map((line) => JSON.parse(line.slice(5)) as Entry);
    if (entries.length > 0) yield entries;
  }
}
