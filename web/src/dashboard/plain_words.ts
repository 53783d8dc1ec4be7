// The journal in plain words: what an entry means, and whether it is good news.

import type { Entry } from "./admin";

export type Tone = "good" | "bad" | "plain";

const TITLES: Record<string, [Tone, string]> = {
  TokenVerified: ["good", "Token accepted"],
  TokenRefused: ["bad", "Token refused"],
  TestKeyVerified: ["good", "Test token accepted"],
  TestKeyRefused: ["bad", "Test token refused"],
  QuestionRefused: ["bad", "Verification refused: the request is incomplete or malformed"],
  ChallengeIssued: ["plain", "Challenge handed out"],
  ChallengeRefused: ["bad", "No challenge given"],
  AnswerRefused: ["bad", "Answer not judged"],
  SiteRefused: ["bad", "The page may not show this widget"],
  PassedAtOnce: ["good", "Passed without a challenge"],
  ScenarioStaged: ["plain", "Scenario switched on"],
  ScenarioPlayed: ["plain", "Scenario played"],
  ClockAdvanced: ["plain", "Clock moved forwards"],
};

export function toneAndTitle({ event, facts }: Entry): [Tone, string] {
  if (event === "ChallengeAnswered") return facts["passed"] ? ["good", "Challenge passed"] : ["bad", "Challenge answered wrongly"];
  return TITLES[event] ?? ["plain", event.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)];
}

/** Why, in sentences; each of them on its own. */
export function reasons({ event, facts }: Entry): string[] {
  const told: string[] = [];
  const text = (name: string): string => (typeof facts[name] === "string" ? (facts[name] as string) : "");
  if (text("why")) told.push(text("why"));
  if (event === "TokenVerified" && text("hostname")) told.push(`earned on a page of ${text("hostname")}`);
  if (event === "ChallengeIssued") told.push(`${text("family")}, level ${String(facts["level"])}`);
  if (event === "ClockAdvanced") told.push(`by ${String(facts["seconds"])} s`);
  if (Array.isArray(facts["warnings"])) told.push(...facts["warnings"].map((warning) => `warning: ${String(warning)}`));
  return told;
}

export interface Finding {
  reason: string;
  weight: number;
  evidence: string;
}

export function findingsOf({ facts }: Entry): Finding[] {
  return Array.isArray(facts["findings"]) ? (facts["findings"] as Finding[]) : [];
}

export function scoreOf({ facts }: Entry): number | null {
  return typeof facts["score"] === "number" ? facts["score"] : null;
}
