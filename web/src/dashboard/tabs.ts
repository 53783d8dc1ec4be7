// Tabs, with the arrow keys.

import { make } from "./elements";

/** Panels of which one is shown; `name` says what they are of. */
export function tabs(name: string, panels: Array<[string, () => HTMLElement]>): HTMLElement {
  const panel = make("div", { role: "tabpanel", class: "panel", tabindex: "0" });
  const buttons = panels.map(([title], at) => make("button", { type: "button", role: "tab", click: () => choose(at) }, title));
  const list = make("div", { role: "tablist", "aria-label": name, class: "tabs", keydown: move }, ...buttons);

  function choose(chosen: number): void {
    for (const [at, button] of buttons.entries()) {
      button.setAttribute("aria-selected", String(at === chosen));
      button.tabIndex = at === chosen ? 0 : -1;
    }
    const [title, made] = panels[chosen] as [string, () => HTMLElement];
    panel.setAttribute("aria-label", title);
    panel.replaceChildren(made());
  }

  function move(event: Event): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[(event as KeyboardEvent).key];
    if (!step) return;
    const next = (buttons.findIndex((each) => each.tabIndex === 0) + step + buttons.length) % buttons.length;
    choose(next);
    buttons[next]?.focus();
  }

  choose(0);
  return make("div", {}, list, panel);
}
