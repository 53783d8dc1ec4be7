// The dashboard: a key first, then five views side by side, one of them shown.

import { Admin } from "./admin";
import { make } from "./elements";
import { showGallery } from "./gallery";
import { askForKey } from "./gate";
import { showHealth } from "./health";
import { icon, type IconName } from "./icons";
import { showJournal } from "./journal";
import { forgetKey, keepKey, keptKey, redeemed, ticketInAddress } from "./key";
import { tell } from "./notices";
import { showScenarios } from "./scenarios";
import { showSites } from "./sites";
import type { Place } from "./view";

interface View {
  title: string;
  show: (place: Place) => void;
}

const VIEWS: Record<string, View> = {
  sites: { title: "Sites", show: showSites },
  journal: { title: "Journal", show: showJournal },
  gallery: { title: "Challenges", show: showGallery },
  scenarios: { title: "Scenarios", show: showScenarios },
  health: { title: "Health", show: showHealth },
};
const FIRST = "sites";
const app = document.getElementById("app") as HTMLElement;
let left = new AbortController();
let go = (): void => undefined;

async function start(): Promise<void> {
  const ticket = ticketInAddress();
  if (ticket !== null) {
    try {
      keepKey(await redeemed(ticket));
    } catch (error) {
      if (keptKey() === null) return lock((error as Error).message);
    }
  }
  const key = keptKey();
  if (key === null) lock();
  else enter(key);
}

function lock(news = ""): void {
  left.abort();
  forgetKey();
  go = () => undefined;
  document.title = "captcha-range";
  askForKey(app, news, (key) => {
    keepKey(key);
    enter(key);
  });
}

function enter(key: string): void {
  const admin = new Admin(key, () => keptKey() !== null && lock("The range does not know this key any more."));
  const main = make("main", { id: "view", tabindex: "-1" });
  const links = Object.entries(VIEWS).map(([name, { title }]) =>
    make("a", { href: `#${name}`, "data-view": name }, icon(name as IconName), make("span", {}, title)),
  );
  const forget = make("button", { type: "button", class: "bare forget", click: () => lock() }, icon("key"), make("span", {}, "Forget the key"));
  const brand = make("a", { class: "brand", href: `#${FIRST}` }, make("img", { src: "/dashboard/icon.svg", alt: "", width: 26, height: 26 }), "captcha-range");
  const skip = make("a", { class: "skip", href: "#", click: (event) => (event.preventDefault(), main.focus()) }, "Skip to the content");
  app.replaceChildren(make("header", { class: "side" }, skip, brand, make("nav", { "aria-label": "Views" }, ...links), forget), main);
  go = () => show(admin, main, links);
  go();
}

function show(admin: Admin, main: HTMLElement, links: HTMLAnchorElement[]): void {
  const [name = "", query = ""] = location.hash.slice(1).split("?", 2);
  const known = Object.prototype.hasOwnProperty.call(VIEWS, name) ? name : FIRST;
  const view = VIEWS[known];
  if (!view) return;
  left.abort();
  left = new AbortController();
  for (const link of links) {
    if (link.dataset["view"] === known) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${view.title} · captcha-range`;
  main.dataset["view"] = known;
  main.replaceChildren();
  window.scrollTo(0, 0);
  view.show({ admin, main, query: new URLSearchParams(query), left: left.signal });
}

window.addEventListener("unhandledrejection", ({ reason }) => {
  if (!left.signal.aborted) tell(reason instanceof Error ? reason.message : String(reason), true);
});
// A link with a ticket may also come into a tab that shows the dashboard already.
window.addEventListener("hashchange", () => (location.hash.startsWith("#ticket=") ? void start() : go()));
void start();
