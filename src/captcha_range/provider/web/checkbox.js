// The checkbox frame: asks for a challenge and shows how it ended.

import { ask } from "./ask.js";
import { byId, label } from "./page.js";

export function startCheckbox({ sitekey, texts, channel }) {
  const box = byId("checkbox");
  label({ label: texts.human, practice: texts.practice });
  byId("anchor").hidden = false;

  const open = () => {
    if (box.getAttribute("aria-checked") === "false" && box.dataset.state !== "busy") channel.send("open");
  };
  byId("anchor").addEventListener("click", open);
  box.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    open();
  });

  channel.on("hello", async () => {
    channel.send("ready");
    const host = new URL(channel.page).hostname.replace(/^\[|\]$/g, "");
    const { content } = await ask(`/checksiteconfig?${new URLSearchParams({ host, sitekey })}`, {});
    if (content?.pass === false) byId("told").textContent = texts.unregistered;
  });
  channel.on("state", ({ state, focus }) => {
    box.dataset.state = state;
    box.setAttribute("aria-checked", String(state === "checked"));
    box.querySelector(".check").hidden = state !== "checked";
    byId("told").textContent = texts.states[state] ?? "";
    if (focus) box.focus();
  });
}
