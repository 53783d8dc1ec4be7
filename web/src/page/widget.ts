// One widget: its textareas, its frames, its token, and whom it tells.

import type { BoxState, ToPage } from "../messages";
import { SIZES, type CallbackName, type Config } from "./config";
import { drawn, element } from "./element";
import { Frame, type Received } from "./frame";
import type { Options } from "./options";
import { Stage } from "./stage";

const WARNING = 20; // seconds before the token is over

export interface Earned {
  response: string;
  key: string;
}

interface Waiting {
  resolve: (earned: Earned) => void;
  reject: (code: string) => void;
}

export class Widget {
  readonly id = drawn();
  readonly nonce = drawn() + drawn();
  readonly data: { rqdata?: string; preflight?: string } = {};
  token = "";
  key = "";
  readonly #checkbox: Frame;
  readonly #challenge: Frame;
  readonly #stage: Stage;
  readonly #textareas: HTMLTextAreaElement[];
  #waiting: Waiting[] = [];
  #timers: number[] = [];
  #isBusy = false;
  #last: { state: BoxState; code: string } = { state: "idle", code: "" };

  constructor(
    readonly container: HTMLElement,
    readonly config: Config,
    readonly options: Options,
  ) {
    const received = this.#received();
    const silent = (): void => this.#silent();
    this.#checkbox = new Frame("checkbox", this, { ...received, ready: () => this.#tell(false) }, silent);
    this.#challenge = new Frame("challenge", this, received, silent);
    const names = ["h-captcha-response", ...(options.compatible ? ["g-recaptcha-response"] : [])];
    this.#textareas = names.map((name) => textarea(name, this.id));
    Object.assign(this.#checkbox.element.style, boxStyle(config));
    container.append(this.#checkbox.element, ...this.#textareas);
    this.#stage = new Stage(this.#challenge.element, config.challengeContainer, () => this.close());
  }

  /** Ask for a challenge, or take the pass that needs none; `anew`: even if there is a token. */
  begin(anew = false): void {
    if (this.#isBusy || (this.token && !anew)) return;
    this.#isBusy = true;
    this.#forget();
    this.#show("busy");
    this.#challenge.send("begin", { ...this.data, invisible: this.config.size === "invisible" });
  }

  /** What is earned next. Rejects with a bare code. */
  promise(): Promise<Earned> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  close(): void {
    this.#challenge.send("stop", {});
    this.#dismiss("idle", "challenge-closed", "close-callback");
  }

  reset(): void {
    this.#challenge.send("stop", {});
    this.#forget();
    this.#end("idle");
    this.#reject("challenge-closed");
  }

  remove(): void {
    this.reset();
    this.#checkbox.remove();
    this.#challenge.remove();
    this.#stage.remove();
    for (const each of this.#textareas) each.remove();
  }

  #received(): Received {
    return {
      ready: () => undefined,
      open: () => this.begin(),
      shown: () => this.#isBusy && this.#open(),
      retrying: () => this.#isBusy && !this.#stage.isOpen && this.#show("retrying"),
      size: ({ width, height }) => this.#stage.fit(width, height),
      passed: (earned) => this.#isBusy && this.#pass(earned),
      failed: ({ code, message }) => this.#isBusy && this.#fail(code, message),
      closed: () => this.#dismiss("idle", "challenge-closed", "close-callback"),
      expired: () => this.#dismiss("expired", "challenge-expired", "chalexpired-callback"),
    };
  }

  #open(): void {
    if (this.#stage.isOpen) return;
    this.#show("open");
    this.#stage.show();
    this.#challenge.send("focus", {});
    this.#call("open-callback");
  }

  #pass({ token, key, lifetime }: ToPage["passed"]): void {
    this.#set(token, key);
    this.#timers = [
      window.setTimeout(() => this.#show("expiring"), (lifetime - WARNING) * 1000),
      window.setTimeout(() => this.#expire(), lifetime * 1000),
    ];
    this.#end("checked");
    for (const { resolve } of this.#waiting.splice(0)) resolve({ response: token, key });
    this.#call("callback", token);
  }

  #expire(): void {
    this.#forget();
    this.#end("expired");
    this.#call("expired-callback");
  }

  #fail(code: string, message: string): void {
    console.error(`captcha-range: ${code}${message && `: ${message}`}`);
    this.#end("error", code);
    this.#reject(code);
    this.#call("error-callback", code);
  }

  #silent(): void {
    const question = `is ${location.origin} an origin of this sitekey?`;
    this.#fail("network-error", `a frame of ${this.options.assets} does not answer; ${question}`);
  }

  #dismiss(state: BoxState, code: string, callback: CallbackName): void {
    if (!this.#isBusy) return;
    this.#end(state);
    this.#reject(code);
    this.#call(callback);
  }

  /** Whatever was under way is over; the focus goes back to where it came from. */
  #end(state: BoxState, code = ""): void {
    this.#isBusy = false;
    const wasOpen = this.#stage.hide();
    const isBox = this.config.size !== "invisible";
    this.#show(state, code, wasOpen && isBox);
    if (wasOpen) this.#stage.giveBack(isBox ? this.#checkbox.element : null);
  }

  #show(state: BoxState, code = "", focus = false): void {
    this.#last = { state, code };
    this.#tell(focus);
  }

  #tell(focus: boolean): void {
    this.#checkbox.send("state", { ...this.#last, focus });
  }

  #reject(code: string): void {
    for (const { reject } of this.#waiting.splice(0)) reject(code);
  }

  #set(token: string, key: string): void {
    this.token = token;
    this.key = key;
    for (const each of this.#textareas) each.value = token;
    for (const frame of [this.#checkbox, this.#challenge]) frame.element.setAttribute("data-hcaptcha-response", token);
  }

  #forget(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    this.#set("", "");
  }

  #call(name: CallbackName, ...values: string[]): void {
    const given = this.config.callbacks[name];
    const callback = typeof given === "string" ? (window as unknown as Record<string, unknown>)[given] : given;
    if (typeof callback !== "function") return;
    try {
      callback(...values);
    } catch (error) {
      reportError(error); // the site's mistake is the site's to see, and not the widget's end
    }
  }
}

function textarea(name: string, id: string): HTMLTextAreaElement {
  return element("textarea", { name, id: `${name}-${id}`, hidden: "", "aria-hidden": "true" }, { display: "none" });
}

function boxStyle({ size }: Config): Partial<CSSStyleDeclaration> {
  const [width, height] = SIZES[size];
  const display = size === "invisible" ? "none" : "block";
  return { width: `${width}px`, height: `${height}px`, border: "0", borderRadius: "10px", display, overflow: "hidden" };
}
