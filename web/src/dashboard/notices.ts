// What just happened, said at the window's edge, and aloud.

import { make } from "./elements";

const SECONDS = 6;
const place = make("div", { class: "notices", role: "status" });
document.body.append(place);

export function tell(words: string, isAlarm = false): void {
  const notice = make("p", { class: isAlarm ? "notice alarm" : "notice" }, words);
  place.append(notice);
  setTimeout(() => notice.remove(), SECONDS * 1000);
}

/** Do something, and tell it if it fails; whether it was done. */
export async function attempt(deed: () => Promise<void>): Promise<boolean> {
  try {
    await deed();
    return true;
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error), true);
    return false;
  }
}
