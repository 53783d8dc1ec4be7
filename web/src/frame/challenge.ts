// The challenge frame: shows one challenge after the other until one is passed, its time is over, or it is closed.

import type { Terms } from "../messages";
import { ask, type Answer } from "./ask";
import type { Channel } from "./channel";
import { keepFocusWithin } from "./focus";
import type { Given } from "./given";
import { byId, label } from "./page";
import { REPLY_KINDS } from "./replies/catalogue";
import type { Replying, Round, View } from "./replies/reply";
import type { Texts } from "./texts/catalogue";

const MARGINS = 50; // pixels beside the picture; as in frame.css
const WARNING = 20; // seconds before the end

interface Pass {
  token: string;
  response_key: string;
  expires_in: number;
}

/** A staged scenario that the frame itself plays comes with the challenge (docs/reference/scenarios.md). */
type Shown = View & { scenario?: string };

type Ending = "passed" | "failed" | "expired" | "closed" | "stopped";

export function startChallenge(given: Given, texts: Texts, channel: Channel): void {
  const challenge = new Challenge(given, texts, channel);
  label({ close: texts.close, refresh: texts.refresh, submit: texts.submit });
  byId<HTMLImageElement>("picture").alt = texts.picture;
  byId("challenge").hidden = false;
  byId("close").addEventListener("click", () => challenge.close());
  byId("refresh").addEventListener("click", () => void challenge.load(""));
  byId("submit").addEventListener("click", () => void challenge.submit());
  document.addEventListener("keydown", (event) => event.key === "Escape" && challenge.close());
  if (!given.embedded) keepFocusWithin(byId("challenge"));
  new ResizeObserver(() => challenge.resize()).observe(byId("challenge"));
  for (const mishap of ["error", "unhandledrejection"] as const) {
    window.addEventListener(mishap, () => challenge.fail("internal-error", "the widget has a mistake; please report it"));
  }
  channel.on("hello", () => channel.send("ready", {}));
  channel.on("begin", (terms) => void challenge.begin(terms));
  channel.on("stop", () => challenge.stop());
  channel.on("focus", () => byId("prompt").focus());
  // Whoever comes into the frame again without a place in it begins at the question.
  window.addEventListener("focus", () => document.activeElement === document.body && byId("prompt").focus());
}

class Challenge {
  readonly #root = byId("challenge");
  #terms: Terms = { invisible: false };
  #timers: number[] = [];
  #turn = 0;
  #view: View | null = null;
  #width = 500;
  #rounds: Round[] = [];
  #replies: object[] = [];
  #reply: Replying | null = null;

  constructor(
    readonly given: Given,
    readonly texts: Texts,
    readonly channel: Channel,
  ) {}

  begin({ rqdata, preflight, invisible }: Terms): Promise<void> {
    this.#terms = { ...(rqdata && { rqdata }), ...(preflight && { preflight }), invisible };
    return this.load("");
  }

  /** Get a fresh challenge and show it beside some news of the one before. */
  async load(news: string): Promise<void> {
    const { sitekey, language, host } = this.given;
    const turn = this.#leave("loading");
    const { webdriver } = navigator; // passed on openly: the browser's own word
    const wanted = { origin: this.channel.page, language, webdriver, ...(host && { host }), ...this.#terms };
    const answer = await this.#ask<Shown | Pass>(`getcaptcha/${sitekey}`, wanted);
    if (turn !== this.#turn) return;
    if (!("content" in answer)) this.fail(answer.code, answer.message);
    else if ("token" in answer.content) this.#pass(answer.content);
    else await this.#show(answer.content, news, turn);
  }

  /** Go on to the next round, or after the last one have all of them judged. */
  async submit(): Promise<void> {
    if (this.#view === null || this.#reply === null) return;
    this.#replies.push(this.#reply.value());
    if (this.#replies.length < this.#rounds.length) {
      this.#put("loading");
      return this.#showRound("", this.#turn);
    }
    const reply = this.#rounds.length > 1 ? this.#replies : this.#replies[0];
    const turn = this.#leave("checking");
    const path = `checkcaptcha/${this.given.sitekey}/${this.#view.challenge}`;
    const answer = await this.#ask<{ pass: false } | ({ pass: true } & Pass)>(path, { reply });
    if (turn !== this.#turn) return;
    if ("content" in answer) await (answer.content.pass ? this.#pass(answer.content) : this.load(this.texts.wrong));
    else if (answer.status !== 409) this.fail(answer.code, answer.message);
    // A reply whose answer was lost on the way may have been judged: nobody can say, so there is another challenge.
    else await (answer.isLate ? this.load(this.texts.lost) : this.#end("expired"));
  }

  close(): void {
    this.#end("closed");
  }

  stop(): void {
    this.#leave("stopped");
  }

  fail(code: string, message: string): void {
    this.#leave("failed");
    this.channel.send("failed", { code, message });
  }

  resize(): void {
    const width = this.#width + MARGINS;
    this.channel.send("size", { width, height: Math.ceil(this.#root.getBoundingClientRect().height) });
  }

  #ask<Content>(path: string, body: object): Promise<Answer<Content>> {
    return ask(`${this.given.endpoint}/${path}`, body, () => {
      label({ news: this.texts.states.retrying });
      this.channel.send("retrying", {});
    });
  }

  async #show(view: Shown, news: string, turn: number): Promise<void> {
    this.#view = view;
    this.#rounds = [view, ...(view.further_rounds ?? [])];
    this.#replies = [];
    await this.#showRound(news, turn);
    if (turn !== this.#turn) return;
    this.#setTimers(view.expires_in);
    this.channel.send("shown", {});
    if (view.scenario === "challenge-closed") this.close();
  }

  /** Show the round that has no reply yet. */
  async #showRound(news: string, turn: number): Promise<void> {
    const at = this.#replies.length;
    const round = this.#rounds[at] as Round;
    const kind = REPLY_KINDS[round.replies_with];
    if (!kind) return this.fail("challenge-error", `the widget does not know the reply kind ${round.replies_with}`);
    const picture = byId<HTMLImageElement>("picture");
    picture.width = round.width;
    picture.height = round.height;
    const isLoaded = await loaded(picture, this.given.images + round.picture);
    if (turn !== this.#turn) return;
    if (!isLoaded) return this.fail("network-error", "the picture did not load");
    const { language } = this.given;
    this.#reply = kind.begin({
      view: round,
      language,
      surface: byId("surface"),
      changed: () => this.#changed(),
      tell: (told) => label({ news: told }),
    });
    label({ prompt: round.prompt, how: kind.how[language], news });
    this.#width = round.width;
    this.#count(at + 1);
    this.#changed();
    this.resize();
    const { challenge = "" } = this.#view ?? {};
    this.#mark("shown", { challenge, round: String(at + 1), repliesWith: round.replies_with, points: String(round.points) });
    // The buttons that had the focus before are disabled or gone.
    if (document.hasFocus()) byId("prompt").focus();
  }

  /** Say which round of how many it is, and what the button leads to. */
  #count(round: number): void {
    const { step, next, submit } = this.texts;
    const rounds = this.#rounds.length;
    byId("step").hidden = rounds === 1;
    label({ step: rounds === 1 ? "" : step(round, rounds), submit: round < rounds ? next : submit });
    this.#root.style.setProperty("--done", rounds === 1 ? "0" : String(round / rounds));
  }

  #setTimers(seconds: number): void {
    this.#timers = [
      window.setTimeout(() => label({ news: this.texts.soon }), (seconds - WARNING) * 1000),
      window.setTimeout(() => this.#end("expired"), seconds * 1000),
    ];
  }

  #changed(): void {
    byId<HTMLButtonElement>("submit").disabled = this.#reply?.isEmpty() ?? true;
  }

  #pass({ token, response_key: key, expires_in: lifetime }: Pass): void {
    this.#leave("passed");
    this.channel.send("passed", { token, key, lifetime });
  }

  #end(ending: "expired" | "closed"): void {
    this.#leave(ending);
    this.channel.send(ending, {});
  }

  /** Leave the challenge that is shown; what was under way for it no longer counts. */
  #leave(state: "loading" | "checking" | Ending): number {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    this.#put(state);
    return ++this.#turn;
  }

  /** Take away what the visitor was replying with. */
  #put(state: "loading" | "checking" | Ending): void {
    this.#reply?.remove();
    this.#reply = null;
    this.#mark(state);
    this.#changed();
  }

  #mark(state: string, more: Record<string, string> = {}): void {
    Object.assign(this.#root.dataset, { ...more, state });
    this.#root.setAttribute("aria-busy", String(state === "loading" || state === "checking"));
  }
}

// Not decode(): in a frame that is not shown yet, browsers may put that off until it is.
function loaded(picture: HTMLImageElement, address: string): Promise<boolean> {
  return new Promise((settle) => {
    picture.onload = () => settle(true);
    picture.onerror = () => settle(false);
    picture.src = address;
  });
}
