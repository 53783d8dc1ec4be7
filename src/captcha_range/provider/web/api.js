// hCaptcha's public JavaScript interface (spec/provider §1, §2), for pages of the range's own sites.
// This script runs in the site's page: it owns the textareas, the callbacks and the two frames, and
// trusts a message only from the frame that it made, of the provider's origin, with the widget's nonce.
(() => {
  "use strict";

  const script = document.currentScript;
  const address = new URL(script.src);
  const PROVIDER = address.origin;
  const option = (name, fallback) => address.searchParams.get(name) ?? fallback;

  if (window.hcaptcha?.provider === PROVIDER) {
    announce();
    return;
  }

  const TITLES = {
    checkbox: "Widget containing checkbox for hCaptcha security challenge",
    challenge: "Main content of the hCaptcha challenge",
  };
  const CHECKBOX_SIZES = { normal: [302, 76], compact: [158, 138], invisible: [0, 0] };
  const PATIENCE = 2000; // milliseconds from a frame's load event to its first word
  const isCompatible = option("recaptchacompat", "on") !== "off";
  const widgets = new Map();

  const drawn = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => (byte % 36).toString(36)).join("");

  function element(name, attributes, style) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    Object.assign(made.style, style);
    return made;
  }

  /** One of a widget's two iframes; what is sent before it has answered waits. */
  class Frame {
    constructor(widget, name) {
      const { id, nonce, config } = widget;
      const hash = new URLSearchParams({ frame: name, id, nonce, ...config.look });
      this.widget = widget;
      this.name = name;
      this.waiting = [];
      this.isReady = false;
      this.element = element("iframe", {
        src: `${PROVIDER}/widget/${encodeURIComponent(config.sitekey)}/hcaptcha.html#${hash}`,
        title: TITLES[name],
        tabindex: config.tabindex,
        "data-hcaptcha-widget-id": id,
        "data-hcaptcha-response": "",
      });
      this.element.addEventListener("load", () => this.greet());
    }

    greet() {
      this.post("hello", {});
      setTimeout(() => {
        if (this.isReady || !widgets.has(this.widget.id)) return;
        console.error(
          `captcha-range: the ${this.name} frame does not answer; is ${location.origin} an origin of this sitekey?`,
        );
        this.widget.fail("network-error");
      }, PATIENCE);
    }

    send(type, content = {}) {
      if (this.isReady) this.post(type, content);
      else this.waiting.push([type, content]);
    }

    post(type, content) {
      const { id, nonce } = this.widget;
      this.element.contentWindow.postMessage({ ...content, range: type, id, nonce }, PROVIDER);
    }

    ready() {
      this.isReady = true;
      for (const [type, content] of this.waiting.splice(0)) this.post(type, content);
    }
  }

  class Widget {
    constructor(container, config) {
      this.id = drawn();
      this.nonce = drawn() + drawn();
      this.config = config;
      this.data = {};
      this.promises = [];
      this.isOpen = false;
      this.frames = { checkbox: new Frame(this, "checkbox"), challenge: new Frame(this, "challenge") };
      this.textareas = ["h-captcha-response", ...(isCompatible ? ["g-recaptcha-response"] : [])].map((name) =>
        element("textarea", { name, id: `${name}-${this.id}`, hidden: "" }, { display: "none" }),
      );
      this.overlay = this.makeOverlay();
      this.mount(container);
      this.forget();
    }

    mount(container) {
      const [width, height] = CHECKBOX_SIZES[this.config.look.size];
      const shown = this.config.look.size === "invisible" ? "none" : "block";
      const style = { width: `${width}px`, height: `${height}px`, border: "0", display: shown, overflow: "hidden" };
      Object.assign(this.frames.checkbox.element.style, style);
      container.append(this.frames.checkbox.element, ...this.textareas);
      document.body.append(this.overlay);
    }

    makeOverlay() {
      const place = { position: "fixed", inset: "0", zIndex: "2147483647", display: "flex" };
      const look = { alignItems: "center", justifyContent: "center", background: "rgba(15, 23, 42, 0.45)" };
      const overlay = element("div", { inert: "", "aria-hidden": "true" }, { ...place, ...look, visibility: "hidden" });
      Object.assign(this.frames.challenge.element.style, { border: "0", borderRadius: "12px", background: "transparent" });
      this.fit(548, 640);
      overlay.append(this.frames.challenge.element);
      overlay.addEventListener("click", () => this.close());
      return overlay;
    }

    fit(width, height) {
      const { style } = this.frames.challenge.element;
      style.width = `min(${width}px, calc(100vw - 16px))`;
      style.height = `min(${height}px, calc(100vh - 16px))`;
    }

    begin() {
      if (this.isBusy || this.token) return;
      this.isBusy = true;
      this.frames.checkbox.send("state", { state: "busy" });
      this.frames.challenge.send("begin", { ...this.data, invisible: this.config.look.size === "invisible" });
    }

    show() {
      if (this.isOpen) return;
      this.isOpen = true;
      this.overlay.inert = false;
      this.overlay.removeAttribute("aria-hidden");
      this.overlay.style.visibility = "visible";
      this.frames.challenge.element.focus();
      this.frames.challenge.send("focus");
      this.call("open-callback");
    }

    hide(state) {
      const wasOpen = this.isOpen;
      this.isOpen = this.isBusy = false;
      this.overlay.inert = true;
      this.overlay.setAttribute("aria-hidden", "true");
      this.overlay.style.visibility = "hidden";
      this.frames.checkbox.send("state", { state, focus: wasOpen });
      if (wasOpen && this.config.look.size !== "invisible") this.frames.checkbox.element.focus();
    }

    pass(token, key, lifetime) {
      this.forget();
      this.set(token, key);
      this.expiry = setTimeout(() => this.expire(), lifetime * 1000);
      this.hide("checked");
      for (const { resolve } of this.promises.splice(0)) resolve({ response: token, key });
      this.call("callback", token);
    }

    expire() {
      this.forget();
      this.hide("expired");
      this.call("expired-callback");
    }

    fail(code) {
      this.hide("error");
      this.reject(code);
      this.call("error-callback", code);
    }

    close() {
      this.frames.challenge.send("stop");
      this.dismiss("challenge-closed", "close-callback");
    }

    dismiss(code, callback) {
      if (!this.isBusy) return;
      this.hide("idle");
      this.reject(code);
      this.call(callback);
    }

    reject(code) {
      for (const { reject } of this.promises.splice(0)) reject(code);
    }

    set(token, key) {
      this.token = token;
      this.key = key;
      for (const textarea of this.textareas) textarea.value = token;
      for (const { element } of Object.values(this.frames)) element.setAttribute("data-hcaptcha-response", token);
    }

    forget() {
      clearTimeout(this.expiry);
      this.set("", "");
    }

    reset() {
      this.frames.challenge.send("stop");
      this.forget();
      this.hide("idle");
      this.reject("challenge-closed");
    }

    remove() {
      this.reset();
      widgets.delete(this.id);
      for (const part of [this.overlay, this.frames.checkbox.element, ...this.textareas]) part.remove();
    }

    promised() {
      if (this.token) return Promise.resolve({ response: this.token, key: this.key });
      return new Promise((resolve, reject) => this.promises.push({ resolve, reject }));
    }

    call(name, ...values) {
      const given = this.config.callbacks[name];
      const callback = typeof given === "string" ? window[given] : given;
      if (typeof callback !== "function") return;
      try {
        callback(...values);
      } catch (error) {
        reportError(error); // the site's mistake is the site's to see, and not the widget's end
      }
    }
  }

  const RECEIVED = {
    ready: (widget, frame) => frame.ready(),
    open: (widget) => widget.begin(),
    shown: (widget) => widget.isBusy && widget.show(),
    size: (widget, _, { width, height }) => widget.fit(Number(width) || 0, Number(height) || 0),
    passed: (widget, _, { token, key, lifetime }) => widget.isBusy && widget.pass(String(token), String(key), Number(lifetime)),
    failed: (widget, _, { code }) => widget.fail(String(code)),
    closed: (widget) => widget.dismiss("challenge-closed", "close-callback"),
    expired: (widget) => widget.dismiss("challenge-expired", "chalexpired-callback"),
  };

  window.addEventListener("message", ({ origin, source, data }) => {
    if (origin !== PROVIDER || typeof data !== "object" || data === null) return;
    const widget = widgets.get(data.id);
    if (!widget || data.nonce !== widget.nonce || !Object.hasOwn(RECEIVED, data.range)) return;
    const frame = Object.values(widget.frames).find(({ element }) => element.contentWindow === source);
    if (frame) RECEIVED[data.range](widget, frame, data);
  });

  const CALLBACKS = ["callback", "expired-callback", "chalexpired-callback", "error-callback", "open-callback", "close-callback"];

  function settled(given) {
    if (!given.sitekey) throw new Error("captcha-range: render needs a sitekey");
    const size = Object.hasOwn(CHECKBOX_SIZES, given.size) ? given.size : "normal";
    const theme = given.theme === "dark" ? "dark" : "light";
    return {
      sitekey: String(given.sitekey),
      tabindex: String(given.tabindex ?? 0),
      look: { hl: given.hl || option("hl", navigator.language), theme, size },
      callbacks: Object.fromEntries(CALLBACKS.map((name) => [name, given[name]])),
    };
  }

  function containerOf(given) {
    const found = typeof given === "string" ? document.getElementById(given) ?? document.querySelector(given) : given;
    if (!(found instanceof HTMLElement)) throw new Error("captcha-range: render found no such container");
    return found;
  }

  function widgetOf(id) {
    if (widgets.size === 0) throw new Error("No hCaptcha exists.");
    const found = id === undefined ? widgets.values().next().value : widgets.get(id);
    if (!found) throw new Error(`Invalid hCaptcha id: ${id}`);
    return found;
  }

  const api = {
    provider: PROVIDER,

    render(container, config = {}) {
      const widget = new Widget(containerOf(container), settled(config));
      widgets.set(widget.id, widget);
      return widget.id;
    },

    execute(first, second) {
      const [id, config] = typeof first === "object" && first !== null ? [undefined, first] : [first, second ?? {}];
      let widget;
      try {
        widget = widgetOf(id);
      } catch (error) {
        if (!config.async) throw error;
        return Promise.reject(widgets.size === 0 ? "missing-captcha" : "invalid-captcha-id");
      }
      if (config.rqdata) widget.data.rqdata = String(config.rqdata);
      const promise = config.async ? widget.promised() : undefined;
      widget.begin();
      return promise;
    },

    // `preflight` is the range's own: a visitor who made one says so here (spec/solver §2).
    setData(first, second) {
      const [id, data] = typeof first === "object" && first !== null ? [undefined, first] : [first, second ?? {}];
      const widget = widgetOf(id);
      for (const name of ["rqdata", "preflight"]) if (data[name]) widget.data[name] = String(data[name]);
    },

    getResponse: (id) => widgetOf(id).token,
    getRespKey: (id) => widgetOf(id).key,
    reset: (id) => widgetOf(id).reset(),
    close: (id) => widgetOf(id).close(),
    remove: (id) => widgetOf(id).remove(),
  };

  function renderAll() {
    for (const container of document.querySelectorAll(isCompatible ? ".h-captcha, .g-recaptcha" : ".h-captcha")) {
      if (!container.dataset.sitekey || container.querySelector("iframe[data-hcaptcha-widget-id]")) continue;
      const config = {};
      for (const { name, value } of container.attributes) {
        if (name.startsWith("data-")) config[name.slice("data-".length)] = value;
      }
      api.render(container, config);
    }
  }

  function announce() {
    const callback = window[address.searchParams.get("onload")];
    if (typeof callback === "function") callback();
  }

  function start() {
    if (option("render", "onload") !== "explicit") renderAll();
    announce();
  }

  window.hcaptcha = api;
  if (isCompatible) window.grecaptcha = api;
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else setTimeout(start);
})();
