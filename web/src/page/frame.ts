// One of a widget's two iframes. What is sent before it has answered waits; it is heard only as itself: by its
// window, the origin that it was loaded from, the widget's nonce, and the shape of what it says.

import { isToPage, type ToFrame, type ToPage } from "../messages";
import { element } from "./element";
import type { Config } from "./config";
import type { Options } from "./options";

const TITLES = {
  checkbox: "Widget containing checkbox for hCaptcha security challenge",
  challenge: "Main content of the hCaptcha challenge",
};
const PATIENCE = 2000; // milliseconds from the load event to its first word

export type FrameName = keyof typeof TITLES;
export type Received = { [Type in keyof ToPage]: (content: ToPage[Type]) => void };

interface Owner {
  id: string;
  nonce: string;
  config: Config;
  options: Options;
}

export class Frame {
  readonly element: HTMLIFrameElement;
  readonly #owner: Owner;
  readonly #received: Received;
  readonly #origin: string;
  readonly #silent: () => void;
  #waiting: Array<[string, object]> = [];
  #isReady = false;
  #patience = 0;

  /** `silent` is called when the frame does not answer. */
  constructor(name: FrameName, owner: Owner, received: Received, silent: () => void) {
    this.#owner = owner;
    this.#received = received;
    this.#silent = silent;
    this.#origin = new URL(owner.options.assets).origin;
    this.element = element("iframe", {
      src: addressOf(name, owner),
      title: TITLES[name],
      tabindex: owner.config.tabindex,
      "data-hcaptcha-widget-id": owner.id,
      "data-hcaptcha-response": "",
    });
    this.element.addEventListener("load", () => this.#greet());
    window.addEventListener("message", this.#receive);
  }

  send<Type extends keyof ToFrame>(type: Type, content: ToFrame[Type]): void {
    if (this.#isReady) this.#post(type, content);
    else this.#waiting.push([type, content]);
  }

  remove(): void {
    clearTimeout(this.#patience);
    window.removeEventListener("message", this.#receive);
    this.element.remove();
  }

  /** At each load: a frame that the page moves about is loaded anew. */
  #greet(): void {
    this.#isReady = false;
    this.#post("hello", {});
    clearTimeout(this.#patience);
    this.#patience = window.setTimeout(() => this.#isReady || this.#silent(), PATIENCE);
  }

  #post(type: string, content: object): void {
    const { id, nonce } = this.#owner;
    this.element.contentWindow?.postMessage({ ...content, range: type, id, nonce }, this.#origin);
  }

  readonly #receive = ({ origin, source, data }: MessageEvent): void => {
    if (origin !== this.#origin || source !== this.element.contentWindow || !data) return;
    if (data.id !== this.#owner.id || data.nonce !== this.#owner.nonce || !isToPage(data)) return;
    if (data.range === "ready") this.#ready();
    this.#received[data.range as keyof ToPage](data);
  };

  #ready(): void {
    this.#isReady = true;
    for (const [type, content] of this.#waiting.splice(0)) this.#post(type, content);
  }
}

/** `…/hcaptcha.html#frame=checkbox&id=…`. Hosts of their own stand in the path, for the frame's policy to name them. */
function addressOf(name: FrameName, { id, nonce, config, options }: Owner): string {
  const { assets, endpoint, images, host } = options;
  const isSplit = assets !== endpoint || assets !== images;
  const via = isSplit ? `~${base64url(`${endpoint} ${images}`)}` : "";
  const { hl, theme, size, tplinks, challengeContainer } = config;
  const more: Record<string, string> = { ...(isSplit && { endpoint, images }) };
  if (host) more["host"] = host;
  if (!tplinks) more["tplinks"] = "off";
  if (challengeContainer) more["embedded"] = "1";
  const hash = new URLSearchParams({ frame: name, id, nonce, hl, theme, size, ...more });
  return `${assets}/widget/${encodeURIComponent(config.sitekey)}${via}/hcaptcha.html#${hash}`;
}

function base64url(text: string): string {
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}
