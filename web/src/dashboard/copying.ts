// Buttons that copy.

import { make } from "./elements";
import { icon } from "./icons";
import { tell } from "./notices";

/** A button that copies `text()`; `what` names it. */
export function copyButton(what: string, text: () => string, isSmall = true): HTMLButtonElement {
  const press = (): void => void copy(what, text());
  const words = isSmall ? null : "Copy";
  return make("button", { type: "button", class: isSmall ? "bare" : "small", "aria-label": `Copy ${what}`, title: `Copy ${what}`, click: press }, icon("copy"), words);
}

async function copy(what: string, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell(`Copied: ${what}`);
  } catch {
    tell("The browser does not let this page copy; select the text instead.", true);
  }
}

/** A key or an address in type of equal width, with a button to copy it. */
export function copyable(what: string, text: string): HTMLElement {
  return make("span", { class: "copyable" }, make("code", {}, text), copyButton(what, () => text));
}
