// One challenge in the real widget, in a dialog.

import { openDialog } from "./dialogs";
import { make } from "./elements";
import { Refused } from "./admin";

interface Widgets {
  render(container: HTMLElement, config: Record<string, unknown>): string;
  execute(id: string): void;
  remove(id: string): void;
}

interface Policies {
  createPolicy(name: string, rules: { createScriptURL: (address: string) => string }): { createScriptURL(address: string): string };
}

const SCRIPT = "/1/api.js?render=explicit&onload=captchaRangeLoaded";
let loading: Promise<Widgets> | null = null;

/** Play a challenge of a site that is this page's. */
export async function openGame(title: string, sitekey: string): Promise<void> {
  const widgets = await load();
  const told = make("p", { class: "told", role: "status" });
  const box = make("div", { class: "box" });
  const stage = make("div", { class: "stage" });
  const again = make("button", { type: "button", click: begin }, "Play again");
  let id = "";
  openDialog(title, make("div", { class: "body game" }, box, told, stage, make("p", { class: "row end" }, again)), () => widgets.remove(id));
  begin();

  function begin(): void {
    if (id) widgets.remove(id);
    told.textContent = "Here it comes …";
    again.hidden = true;
    const end = (words: string): void => {
      told.textContent = words;
      again.hidden = false;
      again.focus();
    };
    id = widgets.render(box, {
      sitekey,
      theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
      size: innerWidth < 360 ? "compact" : "normal",
      "challenge-container": stage,
      "open-callback": () => (told.textContent = ""),
      "close-callback": () => end("You closed it."),
      "chalexpired-callback": () => end("Its time was over."),
      "error-callback": (code: string) => end(`The widget reports ${code}.`),
      callback: () => end("Passed: the widget has a token."),
    });
    widgets.execute(id);
  }
}

function load(): Promise<Widgets> {
  loading ??= new Promise<Widgets>((settle, fail) => {
    const globals = window as unknown as { hcaptcha: Widgets; captchaRangeLoaded: () => void; trustedTypes?: Policies };
    globals.captchaRangeLoaded = () => settle(globals.hcaptcha);
    const script = make("script", {
      error: () => {
        loading = null;
        fail(new Refused("The widget’s script did not load. Is a scenario of the script staged for every site?"));
      },
    });
    // The one address that this page's policy lets become a script; nothing else can.
    const policy = globals.trustedTypes?.createPolicy("widget", { createScriptURL: () => SCRIPT });
    script.src = policy ? policy.createScriptURL(SCRIPT) : SCRIPT;
    document.head.append(script);
  });
  return loading;
}
