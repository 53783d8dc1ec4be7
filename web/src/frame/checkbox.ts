// The checkbox frame: asks for a challenge and shows how it ended.

import { ask } from "./ask";
import type { Channel } from "./channel";
import type { Given } from "./given";
import { byId, label } from "./page";
import type { Texts } from "./texts/catalogue";

export function startCheckbox(given: Given, texts: Texts, channel: Channel): void {
  const box = byId("checkbox");
  const told = byId("told");
  label({ label: texts.human, practice: texts.practice, about: texts.about });
  byId<HTMLAnchorElement>("about").hidden = !given.links;
  byId("practice").hidden = given.links;
  byId("anchor").hidden = false;

  const isFree = (): boolean => !["busy", "retrying", "open", "checked", "expiring"].includes(box.dataset["state"] ?? "");
  const open = (): void => {
    if (isFree()) channel.send("open", {});
  };
  byId("anchor").addEventListener("click", ({ target }) => target !== byId("about") && open());
  box.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    open();
  });

  channel.on("hello", () => {
    channel.send("ready", {});
    void warnIfUnregistered(given, texts, channel, told);
  });
  channel.on("state", ({ state, code, focus }) => {
    const isChecked = state === "checked" || state === "expiring";
    box.dataset["state"] = state;
    box.setAttribute("aria-checked", String(isChecked));
    box.setAttribute("aria-busy", String(state === "busy" || state === "retrying"));
    (box.querySelector(".check") as HTMLElement).hidden = !isChecked;
    told.textContent = state === "error" ? (texts.errors[code] ?? texts.failed) : texts.states[state];
    if (focus) box.focus();
  });
}

async function warnIfUnregistered(given: Given, texts: Texts, { page }: Channel, told: HTMLElement): Promise<void> {
  const host = given.host || new URL(page ?? location.href).hostname.replace(/^\[|\]$/g, "");
  const address = `${given.endpoint}/checksiteconfig?${new URLSearchParams({ host, sitekey: given.sitekey })}`;
  const answer = await ask<{ pass: boolean }>(address, {}, () => undefined);
  if ("content" in answer && !answer.content.pass) told.textContent = texts.unregistered;
}
