// What a view is given: the range, the place to fill, what its address says behind the ?, and when it is left.

import type { Admin } from "./admin";
import { make } from "./elements";

export interface Place {
  admin: Admin;
  main: HTMLElement;
  query: URLSearchParams;
  /** Aborted when another view is shown: whatever still runs for this one ends. */
  left: AbortSignal;
}

/** A view's heading, with a line about it and what can be done at once. */
export function heading(title: string, about: string, ...deeds: HTMLElement[]): HTMLElement {
  const words = make("div", {}, make("h1", {}, title), make("p", { class: "soft" }, about));
  return make("header", { class: "heading" }, words, deeds.length > 0 && make("div", { class: "row" }, ...deeds));
}

/** Do something again and again while the view is shown. */
export function every(seconds: number, left: AbortSignal, deed: () => Promise<void>): void {
  const timer = setInterval(() => document.hidden || void deed().catch(() => undefined), seconds * 1000);
  left.addEventListener("abort", () => clearInterval(timer));
}
