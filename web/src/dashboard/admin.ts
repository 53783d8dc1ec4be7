// The admin API, as far as the dashboard speaks it.

export interface Site {
  sitekey: string;
  name: string;
  origins: string[];
  enterprise: boolean;
  level: number;
  rounds: number;
  families: string[];
  mode: string;
  namespace: string;
}

export interface Family {
  family: string;
  replies_with: string;
  levels: Array<{ level: number; floor: number }>;
}

export interface Entry {
  number: number;
  at: number;
  event: string;
  subject: string;
  facts: Record<string, unknown>;
}

export interface Scenario {
  scenario: string;
  at: string;
  shows: string;
  sitekey: string;
  token?: string;
}

export interface Staging {
  id: string;
  scenario: string;
  sitekey: string | null;
  namespace: string | null;
  left: number | null;
  seconds: number;
}

export interface Namespace {
  name: string;
  seed: string | null;
  ahead: number;
}

export interface Sight {
  plane: string;
  url: string;
  version: string;
  status: string;
  counts: Record<string, number>;
}

/** The range refused, or did not answer; the message is for people. */
export class Refused extends Error {}

/** The namespace of the sites that the gallery registers for itself. */
export const GALLERY = "gallery";

export class Admin {
  readonly #key: string;
  readonly #keyRefused: () => void;

  /** `keyRefused` is called when the range does not know the key (any more). */
  constructor(key: string, keyRefused: () => void) {
    this.#key = key;
    this.#keyRefused = keyRefused;
  }

  get<Content>(path: string): Promise<Content> {
    return this.#ask("GET", path);
  }

  post<Content>(path: string, body: object = {}): Promise<Content> {
    return this.#ask("POST", path, body);
  }

  delete(path: string): Promise<void> {
    return this.#ask("DELETE", path);
  }

  async sites(): Promise<Site[]> {
    return (await this.get<{ sites: Site[] }>("/admin/sites")).sites;
  }

  /** An answer of which more comes later. */
  async open(path: string, signal: AbortSignal): Promise<Response> {
    return await this.#send("GET", path, { signal });
  }

  async #ask<Content>(method: string, path: string, body?: object): Promise<Content> {
    const answer = await this.#send(method, path, body ? { body: JSON.stringify(body) } : {});
    return (answer.status === 204 ? undefined : await answer.json()) as Content;
  }

  async #send(method: string, path: string, more: RequestInit): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#key}`, ...(more.body ? { "content-type": "application/json" } : {}) };
    const answer = await reach(path, { method, headers, ...more });
    if (answer.ok) return answer;
    if (answer.status === 401) this.#keyRefused();
    throw new Refused(await messageOf(answer));
  }
}

/** `fetch`, with words for a range that does not answer. */
export async function reach(path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { cache: "no-store", credentials: "omit", redirect: "error", ...request });
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new Refused("The range does not answer. Is it still running?");
  }
}

export async function messageOf(answer: Response): Promise<string> {
  try {
    return String(((await answer.json()) as { error: { message: string } }).error.message);
  } catch {
    return `The range answered HTTP ${answer.status}.`;
  }
}
