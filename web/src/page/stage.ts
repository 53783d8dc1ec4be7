// Where a challenge is shown: over the page, as a dialog, or in a container that the site named.

import { element } from "./element";

const MARGIN = 16; // pixels around the dialog, both sides together
const RETURNS = 3; // how often an open dialog takes its focus back: a page that keeps the focus for itself wins

export class Stage {
  readonly element: HTMLElement;
  readonly #content: HTMLIFrameElement;
  readonly #isDialog: boolean;
  #opener: Element | null = null;
  #overflow = "";
  #returns = 0;
  isOpen = false;

  /** `close` is called when the visitor turns away from it. */
  constructor(content: HTMLIFrameElement, container: HTMLElement | null, close: () => void) {
    this.#content = content;
    this.#isDialog = container === null;
    this.element = this.#isDialog ? dialog(content.title) : element("div", {});
    Object.assign(content.style, { border: "0", borderRadius: "14px", background: "transparent", colorScheme: "normal" });
    this.element.append(content);
    (container ?? document.body).append(this.element);
    this.fit(548, 640);
    this.#set(false);
    this.element.addEventListener("click", ({ target }) => target === this.element && this.#isDialog && close());
    this.element.addEventListener("keydown", ({ key }) => key === "Escape" && close());
    content.addEventListener("blur", this.#keep);
  }

  /** The size of what is shown, in pixels; as much of it as there is room for. */
  fit(width: number, height: number): void {
    const { style } = this.#content;
    style.width = this.#isDialog ? `min(${width}px, calc(100vw - ${MARGIN}px))` : `min(${width}px, 100%)`;
    style.height = this.#isDialog ? `min(${height}px, calc(100vh - ${MARGIN}px))` : `${height}px`;
  }

  /** Show it, with the focus; `hide` gives the focus back to what has it now. */
  show(): void {
    this.#opener = document.activeElement;
    this.#returns = RETURNS;
    this.#set(true);
    this.#content.focus();
    this.#keep();
  }

  /** Whether it was shown. */
  hide(): boolean {
    const wasOpen = this.isOpen;
    this.#set(false);
    return wasOpen;
  }

  /** Give the focus back, to `instead` if nothing of the page had it. */
  giveBack(instead: HTMLElement | null): void {
    const opener = this.#opener;
    this.#opener = null;
    if (opener instanceof HTMLElement && opener !== document.body && opener.isConnected) opener.focus();
    else instead?.focus();
  }

  remove(): void {
    this.#set(false);
    this.element.remove();
  }

  /** A dialog's focus that went to the page behind it, late or by a script of the page, comes back. */
  readonly #keep = (): void => {
    window.setTimeout(() => {
      const isLost = this.isOpen && document.hasFocus() && document.activeElement !== this.#content;
      if (!this.#isDialog || !isLost || this.#returns === 0) return;
      this.#returns -= 1;
      this.#content.focus();
      this.#keep();
    });
  };

  #set(isOpen: boolean): void {
    const { element: root } = this;
    root.inert = !isOpen;
    root.style.visibility = isOpen ? "visible" : "hidden";
    if (isOpen) root.removeAttribute("aria-hidden");
    else root.setAttribute("aria-hidden", "true");
    if (!this.#isDialog) root.style.position = isOpen ? "static" : "absolute"; // takes no room while hidden
    else if (isOpen !== this.isOpen) this.#holdPage(isOpen);
    this.isOpen = isOpen;
  }

  /** The page behind a dialog does not scroll. */
  #holdPage(isOpen: boolean): void {
    const { style } = document.documentElement;
    if (isOpen) this.#overflow = style.overflow;
    style.overflow = isOpen ? "hidden" : this.#overflow;
  }
}

function dialog(label: string): HTMLElement {
  const place = { position: "fixed", inset: "0", zIndex: "2147483647", display: "flex" };
  const look = { alignItems: "center", justifyContent: "center", background: "rgba(13, 17, 38, 0.55)" };
  return element("div", { role: "dialog", "aria-modal": "true", "aria-label": label }, { ...place, ...look });
}
