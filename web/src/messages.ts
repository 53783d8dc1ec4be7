// What a page and its frames tell each other. Every message carries the widget's id and nonce besides.

/** How the checkbox looks: what happened last. */
export type BoxState = "idle" | "busy" | "retrying" | "open" | "checked" | "expiring" | "expired" | "error";

/** What a challenge is asked for with (spec/provider §2); `preflight` is the range's own. */
export interface Terms {
  rqdata?: string;
  preflight?: string;
  invisible: boolean;
}

export interface ToFrame {
  hello: Record<never, never>;
  /** `code` says what went wrong; `focus`: the checkbox takes the focus. */
  state: { state: BoxState; code: string; focus: boolean };
  begin: Terms;
  stop: Record<never, never>;
  focus: Record<never, never>;
}

export interface ToPage {
  ready: Record<never, never>;
  open: Record<never, never>;
  shown: Record<never, never>;
  retrying: Record<never, never>;
  closed: Record<never, never>;
  expired: Record<never, never>;
  size: { width: number; height: number };
  passed: { token: string; key: string; lifetime: number };
  /** `message` is for the developer: what the provider said. */
  failed: { code: string; message: string };
}

/** What every message to the page must hold besides its type; others are not heard. */
export const SHAPES: { [Type in keyof ToPage]: { [Field in keyof ToPage[Type]]: "string" | "number" } } = {
  ready: {},
  open: {},
  shown: {},
  retrying: {},
  closed: {},
  expired: {},
  size: { width: "number", height: "number" },
  passed: { token: "string", key: "string", lifetime: "number" },
  failed: { code: "string", message: "string" },
};

/** Whether `data` is a message to the page of the shape that its type demands. */
export function isToPage(data: Record<string, unknown>): boolean {
  const type = data["range"];
  if (typeof type !== "string" || !Object.prototype.hasOwnProperty.call(SHAPES, type)) return false;
  return Object.entries(SHAPES[type as keyof ToPage]).every(([field, kind]) => typeof data[field] === kind);
}
