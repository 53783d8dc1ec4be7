// Where the Tab key leads in a dialog: round and round within it, until it is closed.

const STOPS = "button:not(:disabled), a[href], input:not(:disabled), [tabindex='0']";

/** Keep the Tab key within an element that fills its document. */
export function keepFocusWithin(root: HTMLElement): void {
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const stops = [...root.querySelectorAll<HTMLElement>(STOPS)].filter((stop) => stop.offsetParent !== null);
    const at = stops.indexOf(document.activeElement as HTMLElement);
    const isLeaving = event.shiftKey ? at <= 0 : at === stops.length - 1;
    if (!isLeaving || stops.length === 0) return;
    event.preventDefault();
    stops[event.shiftKey ? stops.length - 1 : 0]?.focus();
  });
}
