// hCaptcha's public JavaScript interface (spec/provider §1, §2), for pages of the range's own sites.

import { attributesOf, configOf, elementOf, type Given } from "./config";
import { optionsOf, type Options } from "./options";
import { Widget, type Earned } from "./widget";

interface Execution {
  async?: boolean;
  rqdata?: string;
}

interface Api {
  /** Who made this object: a second script of the same provider joins it. */
  provider: string;
  /** A further script with options of its own has been loaded. */
  join(options: Options): void;
  render(container: unknown, config?: Given): string;
  execute(first?: string | Execution, second?: Execution): Promise<Earned> | undefined;
  setData(first?: string | Given, second?: Given): void;
  getResponse(id?: string): string;
  getRespKey(id?: string): string;
  reset(id?: string): void;
  close(id?: string): void;
  remove(id?: string): void;
}

type Globals = Record<string, unknown> & { hcaptcha?: Api };

const globals = window as unknown as Globals;
const widgets = new Map<string, Widget>();

function widgetOf(id: string | undefined): Widget {
  if (widgets.size === 0) throw new Error("No hCaptcha exists.");
  const found = id === undefined ? widgets.values().next().value : widgets.get(id);
  if (!found) throw new Error(`Invalid hCaptcha id: ${id}`);
  return found;
}

/** Calls take an optional id first: (id?, values?) or (values). */
function split<Values extends object>(first: unknown, second: Values | undefined): [string | undefined, Values] {
  if (typeof first === "object" && first !== null) return [undefined, first as Values];
  return [first as string | undefined, second ?? ({} as Values)];
}

function remember(widget: Widget, given: Given): void {
  for (const name of ["rqdata", "preflight"] as const) if (given[name]) widget.data[name] = String(given[name]);
}

function createApi(first: Options): Api {
  let options = first;

  const api: Api = {
    provider: first.endpoint,

    join(later) {
      options = later;
      whenParsed(() => start(later));
    },

    render(container, given = {}) {
      const place = elementOf(container);
      if (place === null) throw new Error("captcha-range: render found no such container");
      const config = configOf(given, options);
      const before = [...widgets.values()].find((widget) => widget.container === place);
      if (before) {
        console.warn("captcha-range: the container holds a widget already; remove it first for another one");
        return before.id;
      }
      const widget = new Widget(place, config, options);
      widgets.set(widget.id, widget);
      return widget.id;
    },

    execute(first, second) {
      const [id, execution] = split<Execution>(first, second);
      let widget;
      try {
        widget = widgetOf(id);
      } catch (error) {
        if (!execution.async) throw error;
        return Promise.reject(widgets.size === 0 ? "missing-captcha" : "invalid-captcha-id");
      }
      remember(widget, { rqdata: execution.rqdata });
      const promise = execution.async ? widget.promise() : undefined;
      widget.begin(true);
      return promise;
    },

    // `preflight` is the range's own: a visitor who made one says so here (spec/solver §2).
    setData(first, second) {
      const [id, data] = split<Given>(first, second);
      remember(widgetOf(id), data);
    },

    getResponse: (id) => widgetOf(id).token,
    getRespKey: (id) => widgetOf(id).key,
    reset: (id) => widgetOf(id).reset(),
    close: (id) => widgetOf(id).close(),

    remove(id) {
      const widget = widgetOf(id);
      widgets.delete(widget.id);
      widget.remove();
    },
  };

  function renderAll({ compatible }: Options): void {
    for (const container of document.querySelectorAll<HTMLElement>(compatible ? ".h-captcha, .g-recaptcha" : ".h-captcha")) {
      const isHeld = container.querySelector("iframe[data-hcaptcha-widget-id]") !== null;
      if (container.dataset["sitekey"] && !isHeld) api.render(container, attributesOf(container));
    }
  }

  function start(own: Options): void {
    if (own.compatible) globals["grecaptcha"] = api;
    if (!own.explicit) renderAll(own);
    const onload = own.onload === null ? null : globals[own.onload];
    if (typeof onload === "function") onload();
  }

  return api;
}

/** The callback runs after the page's own scripts, which may define what it asks for, and never within this one. */
function whenParsed(callback: () => void): void {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", callback);
  else setTimeout(callback);
}

function scriptAddress(): URL {
  const running = document.currentScript as HTMLScriptElement | null;
  const named = running ?? document.querySelector<HTMLScriptElement>('script[src*="/1/api.js"], script[src*="/1/secure-api.js"]');
  return new URL(named?.src ?? location.href);
}

const options = optionsOf(scriptAddress());
if (globals.hcaptcha?.provider !== options.endpoint) globals.hcaptcha = createApi(options);
if (options.compatible) globals["grecaptcha"] = globals.hcaptcha;
globals.hcaptcha.join(options);
