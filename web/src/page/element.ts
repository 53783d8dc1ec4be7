// Elements of the site's page, made without markup: no page's policy against inline styles is in the way.

/** An element with attributes and styles. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string>,
  style: Partial<CSSStyleDeclaration> = {},
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  Object.assign(made.style, style);
  return made;
}

/** Twelve characters that nobody guesses. */
export function drawn(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => (byte % 36).toString(36)).join("");
}
