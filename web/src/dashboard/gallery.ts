// Every challenge family at every level, drawn now, and playable in the real widget.

import { GALLERY, messageOf, reach, Refused, type Admin, type Family, type Namespace, type Site } from "./admin";
import { make } from "./elements";
import { icon } from "./icons";
import { attempt } from "./notices";
import { openGame } from "./play";
import { heading, type Place } from "./view";

interface Drawn {
  prompt: string;
  picture: string;
  width: number;
  height: number;
}

export function showGallery({ admin, main, left }: Place): void {
  const about = "Every family at every level, drawn for you this moment. Play one to meet it as a visitor does.";
  const families = make("div", { class: "stack", "aria-busy": "true" });
  main.append(heading("Challenges", about), families);
  const sites = new GallerySites(admin);
  const seeing = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      seeing.unobserve(target);
      target.dispatchEvent(new Event("seen"));
    }
  }, { rootMargin: "200px" });
  left.addEventListener("abort", () => seeing.disconnect());
  void attempt(async () => {
    const found = await admin.get<{ families: Family[] }>("/admin/families");
    families.removeAttribute("aria-busy");
    families.append(...found.families.map((family) => section(family, sites, seeing)));
  });
}

/** A site for each family and level, whose origin is this page's; made when it is first needed, and kept. */
class GallerySites {
  readonly #admin: Admin;
  #known: Promise<Map<string, Site>> | null = null;
  readonly #made = new Map<string, Promise<Site>>();

  constructor(admin: Admin) {
    this.#admin = admin;
  }

  of(family: string, level: number): Promise<Site> {
    const name = `${family}, level ${level}`;
    const made = this.#made.get(name) ?? this.#find(name, family, level);
    this.#made.set(name, made);
    made.catch(() => this.#made.delete(name));
    return made;
  }

  async #find(name: string, family: string, level: number): Promise<Site> {
    this.#known ??= this.#prepare();
    const found = (await this.#known).get(name);
    if (found) return found;
    const order = { name, origins: [location.origin], families: [family], level, namespace: GALLERY };
    return (await this.#admin.post<{ site: Site }>("/admin/sites", order)).site;
  }

  async #prepare(): Promise<Map<string, Site>> {
    const { namespaces } = await this.#admin.get<{ namespaces: Namespace[] }>("/admin/namespaces");
    if (!namespaces.some(({ name }) => name === GALLERY)) await this.#admin.post("/admin/namespaces", { name: GALLERY });
    const own = (await this.#admin.sites()).filter(({ namespace, origins }) => namespace === GALLERY && origins.includes(location.origin));
    return new Map(own.map((site) => [site.name, site]));
  }
}

function section({ family, replies_with, levels }: Family, sites: GallerySites, seeing: IntersectionObserver): HTMLElement {
  const id = `family-${family}`;
  return make(
    "section",
    { "aria-labelledby": id, class: "family" },
    make("h2", { id }, family.replace(/_/g, " ")),
    make("p", { class: "soft" }, `Answered with ${replies_with.replace(/_/g, " ")}.`),
    make("div", { class: "levels" }, ...levels.map(({ level, floor }) => card(family, level, floor, sites, seeing))),
  );
}

function card(family: string, level: number, floor: number, sites: GallerySites, seeing: IntersectionObserver): HTMLElement {
  const frame = make("div", { class: "picture" });
  const prompt = make("p", { class: "prompt" });
  const name = `${family.replace(/_/g, " ")}, level ${level}`;
  const again = make("button", { type: "button", class: "small", "aria-label": `Draw another: ${name}`, title: "Draw another", click: () => void attempt(draw) }, icon("again"));
  const play = make("button", { type: "button", class: "small primary", "aria-label": `Play: ${name}`, click: () => void attempt(begin) }, "Play");
  const made = make(
    "article",
    { class: "card drawn", "data-level": level, "aria-label": name, seen: () => void attempt(draw) },
    frame,
    make("div", { class: "body" }, make("h3", {}, `Level ${level}`), prompt, make("p", { class: "soft" }, `Blind guess: ${percent(floor)}`), make("div", { class: "row" }, play, again)),
  );
  seeing.observe(made);
  return made;

  async function draw(): Promise<void> {
    frame.setAttribute("aria-busy", "true");
    try {
      const { sitekey } = await sites.of(family, level);
      const drawn = await challengeOf(sitekey);
      prompt.textContent = drawn.prompt;
      const { picture, width, height } = drawn;
      frame.replaceChildren(make("img", { src: picture, width, height, alt: `A challenge: ${drawn.prompt}` }));
    } finally {
      frame.removeAttribute("aria-busy");
    }
  }

  async function begin(): Promise<void> {
    await openGame(name, (await sites.of(family, level)).sitekey);
  }
}

/** A fresh challenge, asked for as the widget asks. */
async function challengeOf(sitekey: string): Promise<Drawn> {
  const body = JSON.stringify({ origin: location.origin, language: navigator.language });
  const headers = { "content-type": "application/json" };
  const answer = await reach(`/getcaptcha/${sitekey}`, { method: "POST", headers, body });
  if (!answer.ok) throw new Refused(await messageOf(answer));
  const drawn = (await answer.json()) as Partial<Drawn>;
  if (!drawn.picture) throw new Refused("There was no challenge: a scenario is staged for the gallery.");
  return drawn as Drawn;
}

function percent(share: number): string {
  const hundred = share * 100;
  return hundred < 0.01 ? "under 0.01 %" : `${hundred.toPrecision(2).replace(/\.0$/, "")} %`;
}
