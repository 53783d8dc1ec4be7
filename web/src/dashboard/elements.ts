// Elements, made without markup: text stays text.

type Child = Node | string | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: Event) => void);

/** An element with attributes, listeners (a function by the event's name) and children; what is false is left out. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  given: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, String(value));
  }
  made.append(...children.filter((child): child is Node | string => Boolean(child)));
  return made;
}

/** A field with its label, and what there is to say about it. */
export function field(label: string, control: HTMLElement, about = ""): HTMLElement {
  return make("label", { class: "field" }, make("span", {}, label), control, about && make("small", {}, about));
}

/** A choice of values, each with the words for it. */
export function choice(options: Array<[string, string]>, chosen: string, given: Record<string, Value> = {}): HTMLSelectElement {
  const select = make("select", given, ...options.map(([value, words]) => make("option", { value }, words)));
  select.value = chosen;
  return select;
}

/** A box to tick. */
export function tick(name: string, words: string, isOn = false, value = "on"): HTMLElement {
  return make("label", { class: "tick" }, make("input", { type: "checkbox", name, value, checked: isOn }), make("span", {}, words));
}
