// Dialogs: the browser's own, with a heading and a way out.

import { make } from "./elements";

/** Show a dialog with this content; `closed` is called when it is gone. */
export function openDialog(title: string, content: HTMLElement, closed: () => void = () => undefined): HTMLDialogElement {
  const id = `dialog-${document.querySelectorAll("dialog").length}`;
  const close = make("button", { type: "button", class: "bare close", "aria-label": "Close", click: () => dialog.close() }, "×");
  const head = make("div", { class: "head" }, make("h2", { id }, title), close);
  const dialog = make("dialog", { "aria-labelledby": id }, head, content);
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Ask before something that cannot be taken back. */
export function confirmed(title: string, words: string, deed: string): Promise<boolean> {
  return new Promise((settle) => {
    let isSure = false;
    const sure = make("button", { type: "button", class: "danger", click: () => ((isSure = true), dialog.close()) }, deed);
    const back = make("button", { type: "button", autofocus: true, click: () => dialog.close() }, "Keep it");
    const content = make("div", { class: "body" }, make("p", {}, words), make("p", { class: "row end" }, back, sure));
    const dialog = openDialog(title, content, () => settle(isSure));
  });
}
