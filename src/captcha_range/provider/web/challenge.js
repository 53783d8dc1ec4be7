// The challenge frame: shows one challenge after the other until one is passed, its time is over, or it is closed.

import { ask } from "./ask.js";
import { byId, label } from "./page.js";
import { Points } from "./points.js";
import { Tiles } from "./tiles.js";

const PADDING = 48; // pixels beside the picture; as in frame.css
const WARNING = 20; // seconds before the end

export function startChallenge(frame) {
  const { texts, channel } = frame;
  const challenge = new Challenge(frame);
  label({ close: texts.close, refresh: texts.refresh, submit: texts.submit });
  byId("picture").alt = texts.picture;
  byId("challenge").hidden = false;
  byId("close").addEventListener("click", () => challenge.close());
  byId("refresh").addEventListener("click", () => challenge.load(""));
  byId("submit").addEventListener("click", () => challenge.submit());
  document.addEventListener("keydown", (event) => event.key === "Escape" && challenge.close());
  new ResizeObserver(() => challenge.resize()).observe(byId("challenge"));
  channel.on("hello", () => channel.send("ready"));
  channel.on("begin", (data) => challenge.begin(data));
  channel.on("stop", () => challenge.stop());
  channel.on("focus", () => byId("prompt").focus());
}

class Challenge {
  #frame;
  #root = byId("challenge");
  #terms = {};
  #timers = [];
  #turn = 0;
  #view = null;
  #reply = null;

  constructor(frame) {
    this.#frame = frame;
  }

  begin({ rqdata, preflight, invisible }) {
    this.#terms = { rqdata, preflight, invisible };
    return this.load("");
  }

  /** Get a fresh challenge and show it beside some news of the one before. */
  async load(news) {
    const { sitekey, language, channel } = this.#frame;
    const turn = this.#leave("loading");
    const { content, code } = await ask(`/getcaptcha/${sitekey}`, {
      origin: channel.page,
      language,
      webdriver: navigator.webdriver === true, // told openly, by the browser's own word
      ...this.#terms,
    });
    if (turn !== this.#turn) return;
    if (code) this.#end("failed", { code });
    else if (content.token) this.#pass(content);
    else await this.#show(content, news, turn);
  }

  async submit() {
    const { sitekey, texts } = this.#frame;
    const { challenge } = this.#view;
    const reply = this.#reply.value();
    const turn = this.#leave("checking");
    const { content, code, status } = await ask(`/checkcaptcha/${sitekey}/${challenge}`, { reply });
    if (turn !== this.#turn) return;
    if (status === 409) this.#end("expired");
    else if (code) this.#end("failed", { code });
    else if (content.pass) this.#pass(content);
    else await this.load(texts.wrong);
  }

  close() {
    this.#end("closed");
  }

  stop() {
    this.#leave("stopped");
  }

  resize() {
    const width = (this.#view?.width ?? 500) + PADDING;
    this.#frame.channel.send("size", { width, height: Math.ceil(this.#root.getBoundingClientRect().height) });
  }

  async #show(view, news, turn) {
    const { texts, language, channel } = this.#frame;
    const picture = byId("picture");
    picture.width = view.width;
    picture.height = view.height;
    const isLoaded = await load(picture, view.picture);
    if (turn !== this.#turn) return;
    if (!isLoaded) return this.#end("failed", { code: "network-error" });
    this.#view = view;
    this.#reply = new (view.replies_with === "points" ? Points : Tiles)(view, texts, this);
    label({ prompt: view.prompt, how: view.replies_with === "points" ? texts.howPoints : texts.howTiles, news });
    byId("prompt").lang = language;
    this.#timers.push(setTimeout(() => label({ news: texts.soon }), (view.expires_in - WARNING) * 1000));
    this.#timers.push(setTimeout(() => this.#end("expired"), view.expires_in * 1000));
    this.changed();
    this.resize();
    Object.assign(this.#root.dataset, { challenge: view.challenge, repliesWith: view.replies_with, state: "shown" });
    channel.send("shown");
    // The buttons that had the focus before the next challenge are disabled or gone.
    if (document.hasFocus()) byId("prompt").focus();
  }

  /** The reply is another one now. */
  changed() {
    byId("submit").disabled = this.#reply.isEmpty();
  }

  #pass({ token, response_key: key, expires_in: lifetime }) {
    this.#end("passed", { token, key, lifetime });
  }

  #end(state, content) {
    this.#leave(state);
    this.#frame.channel.send(state, content);
  }

  /** Leave the challenge that is shown; what was under way for it no longer counts. */
  #leave(state) {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    this.#reply?.remove();
    this.#reply = null;
    this.#root.dataset.state = state;
    byId("submit").disabled = true;
    return ++this.#turn;
  }
}

// Not decode(): in a frame that is not shown yet, browsers may put that off until it is.
function load(picture, address) {
  return new Promise((settle) => {
    picture.onload = () => settle(true);
    picture.onerror = () => settle(false);
    picture.src = address;
  });
}
