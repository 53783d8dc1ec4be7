// Where the operator enters the admin key, if no link brought a ticket.

import { Admin } from "./admin";
import { field, make } from "./elements";

export function askForKey(app: HTMLElement, news: string, entered: (key: string) => void): void {
  const key = make("input", { type: "password", name: "key", autocomplete: "off", spellcheck: "false", required: true, autofocus: true });
  const told = make("p", { class: "alarm", role: "alert" }, news);
  const enter = make("button", { class: "primary" }, "Open the dashboard");
  const form = make(
    "form",
    { class: "gate card", submit: (event) => (event.preventDefault(), void attempt()) },
    make("img", { src: "/dashboard/icon.svg", alt: "", width: 44, height: 44 }),
    make("h1", {}, "captcha-range"),
    make("p", { class: "soft" }, "This dashboard needs the provider’s admin key. It stays in this tab, until the tab is closed."),
    told,
    field("Admin key", key, "It is in provider-admin.key in the data directory."),
    enter,
    make("p", { class: "soft" }, "Or print a link that opens it: ", make("code", {}, "captcha-range dashboard")),
  );
  app.replaceChildren(make("main", {}, form));
  key.focus();

  async function attempt(): Promise<void> {
    enter.disabled = true;
    try {
      const given = key.value.trim();
      if (!/^[!-~]+$/.test(given)) throw new Error("A key has no spaces and no other unusual characters.");
      await new Admin(given, () => undefined).sites();
      entered(given);
    } catch (error) {
      told.textContent = (error as Error).message.startsWith("Authorization") ? "The range does not know this key." : (error as Error).message;
      key.select();
    }
    enter.disabled = false;
  }
}
