// Every language of the interface. A new one is one file, two lines here, and its texts in each kind of reply.
// The prompts of challenges come from the provider, in English or Chinese.

import { ar } from "./ar";
import { de } from "./de";
import { en } from "./en";
import { es } from "./es";
import { fr } from "./fr";
import { ja } from "./ja";
import { ko } from "./ko";
import { pt } from "./pt";
import { ru } from "./ru";
import { zhCN } from "./zh-CN";
import { zhTW } from "./zh-TW";
import type { Texts } from "./texts";

export type { Texts } from "./texts";
export type Language = "en" | "zh-CN" | "zh-TW" | "es" | "fr" | "de" | "ja" | "ko" | "pt" | "ru" | "ar";

export const TEXTS: Record<Language, Texts> = { en, "zh-CN": zhCN, "zh-TW": zhTW, es, fr, de, ja, ko, pt, ru, ar };

/** The language that the widget speaks for a wish such as `zh-Hant-HK` or `pt_BR`; English if it has not that one. */
export function languageOf(wish: string): Language {
  const parts = wish.toLowerCase().split(/[-_]/);
  const [primary] = parts;
  if (primary === "zh") return parts.some((part) => ["tw", "hk", "mo", "hant"].includes(part)) ? "zh-TW" : "zh-CN";
  return primary !== undefined && Object.keys(TEXTS).includes(primary) ? (primary as Language) : "en";
}

export function isRightToLeft(language: Language): boolean {
  return language === "ar";
}

/** The language in which the provider asks, for an interface in `language`. */
export function promptLanguageOf(language: Language): string {
  return language.startsWith("zh") ? "zh-CN" : "en";
}
