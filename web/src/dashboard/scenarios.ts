// Scenarios: switched on for every site or for one, for so many requests or until they are switched off.

import { GALLERY, type Scenario, type Site, type Staging } from "./admin";
import { copyButton } from "./copying";
import { choice, field, make } from "./elements";
import { attempt, tell } from "./notices";
import { every, heading, type Place } from "./view";

const PERIOD = 2; // seconds between two looks at what is left
const CALLS: Record<string, string> = {
  siteverify: "Your server asks siteverify",
  getcaptcha: "The widget asks for a challenge",
  checkcaptcha: "The widget sends an answer",
  checksiteconfig: "The widget asks whether it may be shown",
  script: "The page loads the script",
};

export function showScenarios({ admin, main, left }: Place): void {
  const site = choice([["", "Every site"]], "");
  const often = choice([["1", "The next request"], ["3", "The next 3 requests"], ["10", "The next 10 requests"], ["", "Until switched off"]], "1");
  const seconds = make("input", { type: "number", min: 0, max: 300, step: 0.5, placeholder: "3" });
  const search = make("input", { type: "search", placeholder: "expired, slow, score …" });
  const staged = make("section", { class: "card staged", "aria-label": "Switched on" });
  const groups = make("div", { class: "stack", "aria-busy": "true" });
  main.append(
    heading("Scenarios", "What must your site survive? Switch it on, and it happens to the next call."),
    make("form", { class: "filters", submit: (event) => event.preventDefault() }, field("For", site), field("How often", often), field("Seconds, if slow", seconds), field("Search", search)),
    staged,
    groups,
  );
  const switches = new Map<string, HTMLButtonElement>();
  let all: Staging[] = [];
  let sites: Site[] = [];

  site.addEventListener("change", mark);
  search.addEventListener("input", sift);
  void attempt(async () => {
    const [{ scenarios }, found] = await Promise.all([admin.get<{ scenarios: Scenario[] }>("/admin/scenarios"), admin.sites()]);
    sites = found;
    const named = sites.filter(({ namespace }) => namespace !== GALLERY);
    site.append(...named.map(({ sitekey, name }) => make("option", { value: sitekey }, `${name} · ${sitekey.slice(0, 8)}`)));
    groups.removeAttribute("aria-busy");
    for (const call of new Set(scenarios.map(({ at }) => at))) groups.append(group(call, scenarios.filter(({ at }) => at === call)));
    await look();
    every(PERIOD, left, look);
  });

  async function look(): Promise<void> {
    all = (await admin.get<{ stagings: Staging[] }>("/admin/stagings")).stagings;
    mark();
  }

  function group(call: string, scenarios: Scenario[]): HTMLElement {
    return make("section", { class: "group" }, make("h2", {}, CALLS[call] ?? call), make("ul", { class: "switches" }, ...scenarios.map(row)));
  }

  function row({ scenario, shows, sitekey }: Scenario): HTMLElement {
    const id = `scenario-${scenario}`;
    const button = make("button", { type: "button", role: "switch", "aria-checked": "false", "aria-labelledby": id, class: "switch", click: () => void attempt(() => flip(scenario)) });
    switches.set(scenario, button);
    return make(
      "li",
      { "data-words": `${scenario} ${shows}`.toLowerCase() },
      make("div", {}, make("p", { class: "title" }, make("code", { id }, scenario), copyButton(`the magic sitekey of ${scenario}`, () => sitekey)), make("p", { class: "soft" }, shows)),
      make("span", { class: "left soft" }),
      button,
    );
  }

  /** What is on for exactly what is chosen. */
  function own(scenario: string): Staging[] {
    return all.filter((each) => each.scenario === scenario && (each.sitekey ?? "") === site.value && each.namespace === null);
  }

  async function flip(scenario: string): Promise<void> {
    const on = own(scenario);
    if (on.length > 0) await Promise.all(on.map(({ id }) => admin.delete(`/admin/stagings/${id}`)));
    else await admin.post("/admin/stagings", orderOf(scenario));
    tell(`${scenario}: switched ${on.length > 0 ? "off" : "on"}`);
    await look();
  }

  function orderOf(scenario: string): object {
    return {
      scenario,
      ...(site.value && { sitekey: site.value }),
      ...(often.value && { requests: Number(often.value) }),
      ...(seconds.value && { seconds: Number(seconds.value) }),
    };
  }

  function mark(): void {
    for (const [scenario, button] of switches) {
      const on = own(scenario);
      button.setAttribute("aria-checked", String(on.length > 0));
      const place = button.previousElementSibling;
      const words = on.map(({ left: count }) => (count === null ? "on" : `${count} left`)).join(", ");
      if (place && place.textContent !== words) place.textContent = words;
    }
    list();
  }

  function list(): void {
    const told = all.map((each) => `${each.id} ${each.left}`).join();
    if (staged.dataset["told"] === told) return;
    staged.dataset["told"] = told;
    const clear = make("button", { type: "button", class: "small", click: () => void attempt(clearAll) }, "Switch all off");
    const rows = all.map((each) => make("li", {}, make("code", {}, each.scenario), make("span", { class: "soft" }, `${whom(each)} · ${each.left === null ? "until switched off" : `${each.left} left`}`), off(each)));
    const quiet = make("p", { class: "soft" }, "Nothing is switched on: every call is answered as it deserves.");
    staged.replaceChildren(make("div", { class: "split" }, make("h2", {}, "Switched on"), rows.length > 0 ? clear : ""), rows.length > 0 ? make("ul", {}, ...rows) : quiet);
  }

  function off({ id, scenario }: Staging): HTMLElement {
    const end = async (): Promise<void> => {
      await admin.delete(`/admin/stagings/${id}`);
      await look();
    };
    return make("button", { type: "button", class: "small", "aria-label": `Switch off ${scenario}`, click: () => void attempt(end) }, "Off");
  }

  async function clearAll(): Promise<void> {
    await admin.delete("/admin/stagings");
    tell("Everything is switched off.");
    await look();
  }

  function whom({ sitekey, namespace }: Staging): string {
    if (sitekey !== null) return sites.find((each) => each.sitekey === sitekey)?.name ?? sitekey;
    return namespace === null ? "every site" : `namespace ${namespace}`;
  }

  function sift(): void {
    const words = search.value.trim().toLowerCase();
    for (const item of groups.querySelectorAll<HTMLElement>("li")) item.hidden = !(item.dataset["words"] ?? "").includes(words);
    for (const section of groups.children) (section as HTMLElement).hidden = section.querySelector("li:not([hidden])") === null;
  }
}
