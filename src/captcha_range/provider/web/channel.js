// A frame's line to the page that holds it. The page is whoever the browser says sent the first greeting
// (`event.origin`), never what a message or an address claims; from then on nobody else is heard.

export class Channel {
  #id;
  #nonce;
  #handlers = {};
  #waiting = [];

  /** The origin of the page, once it has greeted. */
  page = null;

  constructor(id, nonce) {
    this.#id = id;
    this.#nonce = nonce;
    window.addEventListener("message", (event) => this.#receive(event));
  }

  on(type, handler) {
    this.#handlers[type] = handler;
  }

  /** Say something to the page; what comes before its greeting, such as a quick click, waits for it. */
  send(type, content = {}) {
    const message = { ...content, range: type, id: this.#id, nonce: this.#nonce };
    if (this.page === null) this.#waiting.push(message);
    else window.parent.postMessage(message, this.page);
  }

  #receive({ origin, source, data }) {
    if (source !== window.parent || origin === "null" || typeof data !== "object" || data === null) return;
    if (data.id !== this.#id || data.nonce !== this.#nonce) return;
    if (this.page === null && data.range === "hello" && isParent(origin)) {
      this.page = origin;
      for (const message of this.#waiting.splice(0)) window.parent.postMessage(message, origin);
    }
    if (origin === this.page && Object.hasOwn(this.#handlers, data.range)) this.#handlers[data.range](data);
  }
}

/** Firefox has no ancestorOrigins; there `event.source` alone says that it is the parent. */
function isParent(origin) {
  return !location.ancestorOrigins || location.ancestorOrigins[0] === origin;
}
