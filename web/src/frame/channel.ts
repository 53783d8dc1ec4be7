// A frame's line to the page that holds it. The page is whoever the browser says sent the first greeting
// (`event.origin`), never what a message or an address claims; from then on nobody else is heard.

import type { ToFrame, ToPage } from "../messages";

type Handler<Type extends keyof ToFrame> = (content: ToFrame[Type]) => void;

export class Channel {
  /** The origin of the page, once it has greeted. */
  page: string | null = null;
  readonly #id: string;
  readonly #nonce: string;
  readonly #handlers = new Map<string, (content: never) => void>();
  #waiting: object[] = [];

  constructor(id: string, nonce: string) {
    this.#id = id;
    this.#nonce = nonce;
    window.addEventListener("message", (event) => this.#receive(event));
  }

  on<Type extends keyof ToFrame>(type: Type, handler: Handler<Type>): void {
    this.#handlers.set(type, handler);
  }

  /** Say something to the page; what comes before its greeting, such as a quick click, waits for it. */
  send<Type extends keyof ToPage>(type: Type, content: ToPage[Type]): void {
    const message = { ...content, range: type, id: this.#id, nonce: this.#nonce };
    if (this.page === null) this.#waiting.push(message);
    else window.parent.postMessage(message, this.page);
  }

  #receive({ origin, source, data }: MessageEvent): void {
    if (source !== window.parent || origin === "null" || typeof data !== "object" || data === null) return;
    if (data.id !== this.#id || data.nonce !== this.#nonce) return;
    if (this.page === null && data.range === "hello" && isParent(origin)) this.#meet(origin);
    if (origin === this.page) this.#handlers.get(data.range)?.(data as never);
  }

  #meet(origin: string): void {
    this.page = origin;
    // Its handler for the greeting comes first: the page counts on `ready` before anything else.
    queueMicrotask(() => {
      for (const message of this.#waiting.splice(0)) window.parent.postMessage(message, origin);
    });
  }
}

/** Firefox has no ancestorOrigins; there `event.source` alone says that it is the parent. */
function isParent(origin: string): boolean {
  return !location.ancestorOrigins || location.ancestorOrigins[0] === origin;
}
