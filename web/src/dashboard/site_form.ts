// The form for a new site.

import type { Admin, Family, Site } from "./admin";
import { openDialog } from "./dialogs";
import { choice, field, make, tick } from "./elements";

export interface Added {
  site: Site;
  secret: string;
}

const MODES: Array<[string, string]> = [
  ["always_challenge", "Everybody is challenged"],
  ["mostly_passive", "The suspicious, and one in a thousand"],
  ["passive", "Nobody is challenged"],
];

export function openSiteForm(admin: Admin, families: Family[], added: (made: Added) => void): void {
  const told = make("p", { class: "alarm", role: "alert" });
  const form = make(
    "form",
    { class: "body stack", submit: (event) => (event.preventDefault(), void send()) },
    field("Name", make("input", { name: "name", placeholder: "Shop", autofocus: true })),
    field("Origins", make("textarea", { name: "origins", rows: 2, required: true, spellcheck: "false" }, "http://127.0.0.1:5000"), "Where its pages live; one on each line."),
    make(
      "div",
      { class: "two" },
      field("Level", choice(["1", "2", "3", "4", "5"].map((level) => [level, level === "1" ? "1, easy" : level === "5" ? "5, hard" : level]), "2", { name: "level" })),
      field("Rounds", choice([["1", "1"], ["2", "2 in a row"], ["3", "3 in a row"]], "1", { name: "rounds" })),
    ),
    field("Who is challenged", choice(MODES, "always_challenge", { name: "mode" })),
    make("fieldset", {}, make("legend", {}, "Challenge families"), make("div", { class: "ticks" }, ...families.map(({ family }) => tick("families", family, true, family)))),
    tick("enterprise", "Enterprise: score and reasons in every verdict"),
    make("details", {}, make("summary", {}, "More"), more()),
    told,
    make("p", { class: "row end" }, make("button", { class: "primary" }, "Add the site")),
  );
  const dialog = openDialog("Add a site", form);

  async function send(): Promise<void> {
    try {
      const made = await admin.post<Added>("/admin/sites", orderOf(new FormData(form)));
      dialog.close();
      added(made);
    } catch (error) {
      told.textContent = (error as Error).message;
    }
  }
}

function more(): HTMLElement {
  return make(
    "div",
    { class: "stack" },
    tick("require_remoteip", "Refuse verifications without remoteip"),
    tick("merged_seen_code", "Answer the older invalid-or-already-seen-response"),
    make(
      "div",
      { class: "two" },
      field("Token length", make("input", { name: "token_length", type: "number", min: 100, max: 8000, value: 1600 })),
      field("Digits of challenge_ts", choice([["6", "6"], ["3", "3"]], "6", { name: "fraction_digits" })),
    ),
    field("Sitekey of your own", make("input", { name: "sitekey", spellcheck: "false", placeholder: "a fresh one" })),
  );
}

function orderOf(given: FormData): object {
  const text = (name: string): string => String(given.get(name) ?? "").trim();
  return {
    name: text("name"),
    origins: text("origins").split(/\s+/).filter(Boolean),
    level: Number(text("level")),
    rounds: Number(text("rounds")),
    mode: text("mode"),
    families: given.getAll("families"),
    enterprise: given.has("enterprise"),
    require_remoteip: given.has("require_remoteip"),
    merged_seen_code: given.has("merged_seen_code"),
    token_length: Number(text("token_length")),
    fraction_digits: Number(text("fraction_digits")),
    ...(text("sitekey") && { sitekey: text("sitekey") }),
  };
}
