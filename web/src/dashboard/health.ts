// Both planes of the range, and its clock.

import { GALLERY, type Namespace, type Sight } from "./admin";
import { make } from "./elements";
import { attempt, tell } from "./notices";
import { every, heading, type Place } from "./view";

const PERIOD = 2; // seconds between two looks
const NUMBER = new Intl.NumberFormat();
const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

interface Overview {
  now: number;
  planes: Sight[];
}

export function showHealth({ admin, main, left }: Place): void {
  const planes = make("div", { class: "planes", "aria-busy": "true" });
  const clock = make("p", { class: "big" });
  const apart = make("p", { class: "soft" });
  const spaces = make("div");
  const buttons = [["30 s", 30], ["121 s: every token expires", 121], ["1 h", 3600]] as const;
  main.append(
    heading("Health", "Both planes of the range: where they listen, what they hold, what they counted since they started."),
    planes,
    make(
      "section",
      { class: "card", "aria-labelledby": "clock" },
      make("h2", { id: "clock" }, "The provider’s clock"),
      clock,
      apart,
      make("div", { class: "row" }, make("span", { class: "soft" }, "Move it forwards by"), ...buttons.map(([words, seconds]) => make("button", { type: "button", class: "small", click: () => void attempt(() => move(seconds)) }, words))),
    ),
    spaces,
  );
  void attempt(async () => {
    await look();
    every(PERIOD, left, look);
  });

  async function look(): Promise<void> {
    const [overview, { namespaces }] = await Promise.all([
      admin.get<Overview>("/admin/overview"),
      admin.get<{ namespaces: Namespace[] }>("/admin/namespaces"),
    ]);
    planes.removeAttribute("aria-busy");
    planes.replaceChildren(...overview.planes.map(card));
    clock.textContent = TIME.format(new Date(overview.now * 1000));
    const ahead = Math.round(overview.now - Date.now() / 1000);
    apart.textContent = Math.abs(ahead) < 2 ? "It goes with this machine’s." : `It is ${NUMBER.format(ahead)} s ahead of this machine’s.`;
    const own = namespaces.filter(({ name }) => name !== GALLERY);
    const shown = JSON.stringify(own);
    if (spaces.dataset["shown"] === shown) return; // whoever is in the table stays there
    spaces.dataset["shown"] = shown;
    spaces.replaceChildren(...(own.length > 0 ? [table(own)] : []));
  }

  async function move(seconds: number): Promise<void> {
    await admin.post("/admin/clock", { advance_seconds: seconds });
    tell(`The clock is ${seconds} s further.`);
    await look();
  }
}

function card({ plane, url, version, status, counts }: Sight): HTMLElement {
  const pairs = Object.entries(counts).map(([name, count]) => make("div", {}, make("dd", {}, NUMBER.format(count)), make("dt", {}, name)));
  return make(
    "section",
    { class: "card plane", "aria-label": plane },
    make("div", { class: "split" }, make("h2", {}, plane), make("span", { class: "chip ok" }, status)),
    make("p", { class: "soft" }, make("code", {}, url), ` · version ${version}`),
    make("dl", { class: "counts" }, ...pairs),
  );
}

function table(namespaces: Namespace[]): HTMLElement {
  const rows = namespaces.map(({ name, seed, ahead }) =>
    make("tr", {}, make("td", {}, make("code", {}, name)), make("td", {}, seed === null ? "–" : "yes"), make("td", {}, `${NUMBER.format(ahead)} s`)),
  );
  const head = make("tr", {}, ...["Name", "Seed", "Clock ahead"].map((each) => make("th", { scope: "col" }, each)));
  return make("div", { class: "card" }, make("h2", { id: "spaces" }, "Namespaces"), make("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "spaces" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows))));
}
