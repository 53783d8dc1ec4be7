// Both frames of a widget: which one this is stands behind the # of its address.

import { Channel } from "./channel";
import { startChallenge } from "./challenge";
import { startCheckbox } from "./checkbox";
import { givenTo } from "./given";
import { dress } from "./theme";
import { byId } from "./page";
import { isRightToLeft, promptLanguageOf, TEXTS } from "./texts/catalogue";

const given = givenTo(location);
const { language } = given;
const root = document.documentElement;
const texts = TEXTS[language];

root.lang = language;
root.dir = isRightToLeft(language) ? "rtl" : "ltr";
root.dataset["size"] = given.size;
dress(root, given.theme);
document.title = texts.title;
const prompt = byId("prompt");
prompt.lang = promptLanguageOf(language);
prompt.dir = "ltr"; // prompts are English or Chinese, whatever the interface speaks

const channel = new Channel(given.id, given.nonce);
if (given.frame === "challenge") startChallenge(given, texts, channel);
else startCheckbox(given, texts, channel);
