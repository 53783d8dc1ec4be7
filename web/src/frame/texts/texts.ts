// What the widget says, in one language. What a kind of reply says stands with it, in replies/.

import type { BoxState } from "../../messages";

export interface Texts {
  title: string;
  human: string;
  practice: string;
  about: string;
  /** For the developer: they look at the widget before they look at the console. */
  unregistered: string;
  states: Record<Exclude<BoxState, "error">, string>;
  /** By public error code; the others are `failed`. */
  errors: Record<string, string>;
  failed: string;
  picture: string;
  wrong: string;
  /** The reply's outcome never arrived. */
  lost: string;
  soon: string;
  close: string;
  refresh: string;
  submit: string;
  /** Instead of `submit`, as long as more rounds follow. */
  next: string;
  /** Which round of how many. */
  step: (round: number, rounds: number) => string;
}
