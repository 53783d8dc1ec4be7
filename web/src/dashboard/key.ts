// The admin key: in this tab's session storage, never in an address. A link's ticket is traded for it once.

import { messageOf, reach, Refused } from "./admin";

const NAME = "captcha-range admin key";

export function keptKey(): string | null {
  return sessionStorage.getItem(NAME);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(NAME, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(NAME);
}

/** The ticket in the address behind the #, which is taken out of the address at once. */
export function ticketInAddress(): string | null {
  const [, ticket] = location.hash.split("#ticket=", 2);
  if (ticket === undefined) return null;
  history.replaceState(null, "", location.pathname);
  return ticket;
}

/** The key that a ticket is worth. Throws Refused if it was used. */
export async function redeemed(ticket: string): Promise<string> {
  const headers = { "content-type": "application/json" };
  const answer = await reach("/dashboard/key", { method: "POST", headers, body: JSON.stringify({ ticket }) });
  if (!answer.ok) throw new Refused(await messageOf(answer));
  return ((await answer.json()) as { key: string }).key;
}
