// Both frames of a widget: which one this is stands behind the # of its address.

import { Channel } from "./channel.js";
import { startChallenge } from "./challenge.js";
import { startCheckbox } from "./checkbox.js";
import { languageOf, textsIn } from "./texts.js";

const given = new URLSearchParams(location.hash.slice(1));
const language = languageOf(given.get("hl"));
const frame = {
  sitekey: location.pathname.split("/")[2],
  language,
  texts: textsIn(language),
  channel: new Channel(given.get("id"), given.get("nonce")),
};

document.documentElement.lang = language;
document.documentElement.dataset.theme = given.get("theme") === "dark" ? "dark" : "light";
document.documentElement.dataset.size = given.get("size") ?? "normal";
if (given.get("frame") === "checkbox") startCheckbox(frame);
else startChallenge(frame);
