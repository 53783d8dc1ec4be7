// What the page gave this frame, in its address behind the #.

import { languageOf, type Language } from "./texts/catalogue";

export interface Given {
  frame: string;
  id: string;
  nonce: string;
  sitekey: string;
  language: Language;
  theme: string;
  size: string;
  host: string;
  /** Where requests go, and where pictures come from; empty for this frame's own host. */
  endpoint: string;
  images: string;
  links: boolean;
  /** The challenge stands in the page, and is no dialog over it. */
  embedded: boolean;
}

export function givenTo(address: Location): Given {
  const hash = new URLSearchParams(address.hash.slice(1));
  const text = (name: string): string => hash.get(name) ?? "";
  const [base, rest] = address.pathname.split("/widget/", 2) as [string, string];
  return {
    frame: text("frame"),
    id: text("id"),
    nonce: text("nonce"),
    sitekey: rest.split(/[/~]/, 1)[0] ?? "",
    language: languageOf(text("hl")),
    theme: text("theme"),
    size: text("size") || "normal",
    host: text("host"),
    endpoint: text("endpoint") || base,
    images: text("images") || base,
    links: text("tplinks") !== "off",
    embedded: hash.has("embedded"),
  };
}
