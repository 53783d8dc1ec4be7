// Sites and their keys.

import { GALLERY, type Admin, type Family, type Site } from "./admin";
import { copyable, copyButton } from "./copying";
import { confirmed } from "./dialogs";
import { make } from "./elements";
import { attempt, tell } from "./notices";
import { openSiteForm } from "./site_form";
import { snippetsOf } from "./snippets";
import { tabs } from "./tabs";
import { heading, type Place } from "./view";

/** Secrets that were shown on this page, by sitekey; nobody else knows them, and they end with it. */
const seen = new Map<string, string>();
const MODES: Record<string, string> = {
  always_challenge: "challenges everybody",
  mostly_passive: "challenges the suspicious",
  passive: "challenges nobody",
};

export function showSites({ admin, main }: Place): void {
  const list = make("div", { class: "stack", "aria-busy": "true" });
  const add = make("button", { type: "button", class: "primary", click: () => void begin() }, "Add a site");
  main.append(heading("Sites", "Who may show the widget, and with which keys.", add), list);
  void attempt(load);

  async function load(): Promise<void> {
    const sites = (await admin.sites()).filter(({ namespace }) => namespace !== GALLERY).reverse();
    list.removeAttribute("aria-busy");
    list.replaceChildren(...sites.map((site) => card(admin, site, () => void attempt(load))));
    if (sites.length === 0) list.append(empty());
  }

  async function begin(): Promise<void> {
    await attempt(async () => {
      const { families } = await admin.get<{ families: Family[] }>("/admin/families");
      openSiteForm(admin, families, ({ site, secret }) => {
        seen.set(site.sitekey, secret);
        tell(`Added: ${site.name}`);
        void attempt(load);
      });
    });
  }
}

function empty(): HTMLElement {
  return make("div", { class: "card empty" }, make("h2", {}, "No site yet"), make("p", { class: "soft" }, "Add one, and copy its code into your page and your server. The official test keys work without any."));
}

function card(admin: Admin, site: Site, changed: () => void): HTMLElement {
  const path = `/admin/sites/${encodeURIComponent(site.sitekey)}`;
  const secret = seen.get(site.sitekey) ?? null;
  const deeds = make(
    "div",
    { class: "row" },
    make("a", { class: "button small", href: `#journal?site=${site.sitekey}` }, "Journal"),
    make("button", { type: "button", class: "small", click: () => void attempt(rotate) }, "Rotate secret"),
    make("button", { type: "button", class: "small danger", click: () => void attempt(remove) }, "Delete"),
  );
  return make(
    "article",
    { class: "card", "data-sitekey": site.sitekey, "aria-label": site.name },
    make("div", { class: "split" }, make("h2", {}, site.name), deeds),
    make("p", { class: "chips" }, ...facts(site).map((each) => make("span", { class: "chip" }, each))),
    make(
      "dl",
      { class: "pairs" },
      make("dt", {}, "Sitekey"),
      make("dd", {}, copyable("sitekey", site.sitekey)),
      make("dt", {}, site.origins.length > 1 ? "Origins" : "Origin"),
      make("dd", {}, ...site.origins.map((origin) => make("code", { class: "line" }, origin))),
    ),
    secret !== null && secretNote(secret),
    code(site, secret),
  );

  function secretNote(shown: string): HTMLElement {
    const retire = make("button", { type: "button", class: "small", click: () => void attempt(retired) }, "Refuse the former one now");
    return make(
      "div",
      { class: "note" },
      make("p", {}, make("strong", {}, "Secret"), " – copy it now: it is not stored, and is gone when you leave this page."),
      copyable("secret", shown),
      site.sitekey === rotated && make("p", { class: "row" }, "The secret before it is still good.", retire),
    );
  }

  async function rotate(): Promise<void> {
    const answer = await admin.post<{ secret: string }>(`${path}/secret`);
    seen.set(site.sitekey, answer.secret);
    rotated = site.sitekey;
    tell("A new secret; the one before stays good until you refuse it.");
    changed();
  }

  async function retired(): Promise<void> {
    await admin.delete(`${path}/secret/former`);
    rotated = null;
    tell("The former secret is refused from now on.");
    changed();
  }

  async function remove(): Promise<void> {
    const words = `Tokens of “${site.name}” are refused from now on, and its widget stops working.`;
    if (!(await confirmed("Delete this site?", words, "Delete the site"))) return;
    await admin.delete(path);
    seen.delete(site.sitekey);
    tell(`Deleted: ${site.name}`);
    changed();
  }
}

let rotated: string | null = null;

function facts(site: Site): string[] {
  return [
    site.enterprise ? "Enterprise" : "Publisher",
    `level ${site.level}`,
    ...(site.rounds > 1 ? [`${site.rounds} rounds`] : []),
    MODES[site.mode] ?? site.mode,
    site.families.length > 3 ? `${site.families.length} families` : site.families.join(", "),
    ...(site.namespace ? [`namespace ${site.namespace}`] : []),
  ];
}

function code(site: Site, secret: string | null): HTMLElement {
  const details = make("details", { class: "code" }, make("summary", {}, "Code for the page and the server"));
  // Made when it is wanted: there may be hundreds of sites.
  details.addEventListener("toggle", () => details.children.length === 1 && details.append(...inside()));
  return details;

  function inside(): HTMLElement[] {
    const snippets = snippetsOf(site, secret, location.origin);
    const panels = snippets.map(({ language, text }): [string, () => HTMLElement] => [language, () => block(language, text)]);
    const hint = "Where the code says so, put the secret that was shown when it was made, or rotate it for a new one.";
    return [tabs("Languages", panels), ...(secret === null ? [make("p", { class: "soft" }, hint)] : [])];
  }
}

function block(language: string, text: string): HTMLElement {
  return make("div", { class: "snippet" }, copyButton(`the ${language} code`, () => text, false), make("pre", { tabindex: "0", "aria-label": `${language} code` }, make("code", {}, text)));
}
