// The journal, live: what was called, what came of it, and why.

import { GALLERY, type Entry, type Site } from "./admin";
import { choice, field, make, tick } from "./elements";
import { attempt } from "./notices";
import { findingsOf, reasons, scoreOf, toneAndTitle } from "./plain_words";
import { follow } from "./tail";
import { heading, type Place } from "./view";

const LAST = 200; // entries that are shown at first
const MOST = 500; // and at most
const CALLS = ["siteverify", "checksiteconfig", "getcaptcha", "checkcaptcha", "script"];
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 1, hourCycle: "h23" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function showJournal({ admin, main, query, left }: Place): void {
  const list = make("ol", { class: "entries", "aria-label": "Entries, the latest first" });
  const state = make("span", { class: "live", role: "status" }, "Connecting …");
  const pause = make("button", { type: "button", class: "small", "aria-pressed": "false", click: toggle }, "Pause");
  const call = choice([["", "Every call"], ...CALLS.map((name): [string, string] => [name, name])], query.get("call") ?? "");
  const code = make("input", { list: "codes", spellcheck: "false", placeholder: "any", value: query.get("code") ?? "" });
  const codes = make("datalist", { id: "codes" });
  const site = choice([["", "Every site"]], "");
  const own = tick("gallery", "Gallery too");
  const isOwnShown = own.querySelector("input") as HTMLInputElement;
  main.append(
    heading("Journal", "Every call of your pages and servers as it comes in, and for each refusal why.", state, pause),
    make("form", { class: "filters", submit: (event) => event.preventDefault() }, field("Call", call), field("Code", code), codes, field("Site", site), own),
    list,
  );

  let names = new Map<string, Site>();
  let turn = new AbortController();
  let waiting: Entry[] = [];
  let isPaused = false;
  let frame = 0;
  left.addEventListener("abort", () => turn.abort());
  for (const filter of [call, code, site, isOwnShown]) filter.addEventListener("change", () => void attempt(begin));
  void attempt(async () => {
    const sites = await admin.sites();
    names = new Map(sites.map((each) => [each.sitekey, each]));
    const shown = sites.filter(({ namespace }) => namespace !== GALLERY);
    site.append(...shown.map(({ sitekey, name }) => make("option", { value: sitekey }, `${name} · ${sitekey.slice(0, 8)}`)));
    site.value = query.get("site") ?? "";
    await begin();
  });

  async function begin(): Promise<void> {
    turn.abort();
    turn = new AbortController();
    const { signal } = turn;
    const wanted = new URLSearchParams(
      Object.entries({ call: call.value, code: code.value.trim(), sitekey: site.value }).filter(([, value]) => value !== ""),
    );
    const { entries, after } = await admin.get<{ entries: Entry[]; after: number }>(`/admin/journal?last=${LAST}&${wanted}`);
    if (signal.aborted || left.aborted) return;
    waiting = [];
    list.replaceChildren();
    add(entries);
    void follow(admin, wanted, after, signal, hear, (isLive) => isPaused || live(isLive));
  }

  /** However many come at once, the list is changed once for each picture that the screen shows. */
  function hear(entries: Entry[]): void {
    waiting.push(...entries);
    if (isPaused) waiting.splice(0, waiting.length - MOST);
    else frame ||= requestAnimationFrame(flush);
  }

  function flush(): void {
    frame = 0;
    add(waiting.splice(0));
  }

  function add(entries: Entry[]): void {
    const wanted = entries.filter((entry) => isOwnShown.checked || names.get(String(entry.facts["sitekey"]))?.namespace !== GALLERY);
    list.prepend(...wanted.slice(-MOST).reverse().map((entry) => row(entry, names)));
    while (list.children.length > MOST) list.lastChild?.remove();
    remember(entries);
    if (list.children.length === 0) list.append(make("li", { class: "empty" }, "Nothing yet. What happens next is shown here at once."));
    else list.querySelector(".empty")?.remove();
  }

  function remember(entries: Entry[]): void {
    const known = new Set([...codes.options].map(({ value }) => value));
    const found = new Set(entries.map(({ facts }) => facts["code"]).filter((each) => typeof each === "string" && !known.has(each)));
    codes.append(...[...found].map((value) => make("option", { value: value as string })));
  }

  function toggle(): void {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    pause.textContent = isPaused ? "Go on" : "Pause";
    if (isPaused) state.textContent = "Paused";
    else {
      live(true);
      flush();
    }
  }

  function live(isLive: boolean): void {
    state.textContent = isLive ? "Live" : "Connecting …";
    state.dataset["live"] = String(isLive);
  }
}

function row(entry: Entry, names: Map<string, Site>): HTMLElement {
  const [tone, title] = toneAndTitle(entry);
  const { facts } = entry;
  const at = new Date(entry.at * 1000);
  const name = names.get(String(facts["sitekey"]))?.name;
  const chips = [facts["call"], facts["code"], facts["scenario"]].filter((each) => typeof each === "string");
  return make(
    "li",
    { class: "entry", "data-tone": tone, "data-number": entry.number },
    make("time", { datetime: at.toISOString(), title: DATE.format(at) }, TIME.format(at)),
    make(
      "div",
      { class: "what" },
      make("p", { class: "title" }, make("strong", {}, title), name && make("span", { class: "soft" }, name), ...chips.map((each) => make("code", { class: "chip" }, String(each)))),
      ...reasons(entry).map((why) => make("p", { class: "why" }, why)),
      score(entry),
      make("details", {}, make("summary", {}, "All of it"), make("pre", { tabindex: "0" }, JSON.stringify(entry, null, 2))),
    ),
  );
}

function score(entry: Entry): HTMLElement | null {
  const value = scoreOf(entry);
  if (value === null) return null;
  const bar = make("span", { class: "fill" });
  bar.style.width = `${Math.max(2, value * 100)}%`;
  const found = findingsOf(entry);
  return make(
    "div",
    { class: "score", "data-high": value >= 0.5 && "true" },
    make("p", { class: "row" }, make("span", {}, `Score ${value.toFixed(2)}`), make("span", { class: "bar", "aria-hidden": "true" }, bar), make("span", { class: "soft" }, value >= 0.5 ? "a threat, probably" : "probably safe")),
    found.length > 0
      ? make("ul", {}, ...found.map(({ reason, weight, evidence }) => make("li", {}, make("code", {}, reason), ` ${weight.toFixed(2)} – ${evidence}`)))
      : make("p", { class: "soft" }, "no rule found anything"),
  );
}
