// What a widget is rendered with: `render`'s second argument, or the container's data attributes.

import type { Options } from "./options";

export const CALLBACKS = [
  "callback",
  "expired-callback",
  "chalexpired-callback",
  "error-callback",
  "open-callback",
  "close-callback",
] as const;
export type CallbackName = (typeof CALLBACKS)[number];
export const SIZES = { normal: [302, 76], compact: [158, 138], invisible: [0, 0] } as const;
export type Size = keyof typeof SIZES;
export type Given = Record<string, unknown>;

export interface Config {
  sitekey: string;
  size: Size;
  /** `light`, `dark`, `contrast`, or a theme object as JSON. */
  theme: string;
  hl: string;
  tabindex: string;
  tplinks: boolean;
  challengeContainer: HTMLElement | null;
  callbacks: Partial<Record<CallbackName, unknown>>;
}

/** The config that was given, checked; what is missing or cannot be used takes its default. Throws without sitekey. */
export function configOf(given: Given, options: Options): Config {
  if (!given["sitekey"]) throw new Error("captcha-range: render needs a sitekey");
  const size = String(given["size"] ?? "normal");
  return {
    sitekey: String(given["sitekey"]),
    size: size in SIZES ? (size as Size) : "normal",
    theme: themeOf(given, options),
    hl: String(given["hl"] || options.hl || navigator.language),
    tabindex: String(given["tabindex"] ?? 0),
    tplinks: given["tplinks"] !== "off",
    challengeContainer: elementOf(given["challenge-container"]),
    callbacks: Object.fromEntries(CALLBACKS.map((name) => [name, given[name]])),
  };
}

/** A container's data attributes, under `render`'s names. */
export function attributesOf(container: Element): Given {
  const given: Given = {};
  for (const { name, value } of container.attributes) {
    if (name.startsWith("data-")) given[name.slice("data-".length)] = value;
  }
  return given;
}

/** An element, or the one of an id or selector. */
export function elementOf(given: unknown): HTMLElement | null {
  if (given instanceof HTMLElement) return given;
  if (typeof given !== "string" || given === "") return null;
  const found = document.getElementById(given) ?? selected(given);
  return found instanceof HTMLElement ? found : null;
}

function selected(selector: string): Element | null {
  try {
    return document.querySelector(selector);
  } catch {
    return null;
  }
}

function themeOf(given: Given, options: Options): string {
  const theme = given["theme"];
  if (theme === "dark" || theme === "contrast") return theme;
  const isObject = typeof theme === "object" && theme !== null;
  if (!isObject && !(typeof theme === "string" && theme.startsWith("{"))) return "light";
  if (options.custom || String(given["custom"]) === "true") return isObject ? JSON.stringify(theme) : theme;
  console.warn("captcha-range: a theme object needs custom=true, in the script's address or the widget's config");
  return "light";
}
