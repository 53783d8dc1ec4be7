// A kind of reply: how a visitor gives it, with a mouse, a finger or a keyboard.
// A new kind is one file with its texts, a line in catalogue.ts, a test, and a row in docs/reference/widget.md.

import type { Language } from "../texts/catalogue";

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One round of a challenge as the provider shows it. */
export interface Round {
  prompt: string;
  replies_with: string;
  picture: string;
  width: number;
  height: number;
  tiles: Rectangle[];
  /** How many points a reply by points has. */
  points: number;
  /** What part of the picture is to be moved or turned. */
  piece: Rectangle | null;
  choices: string[];
}

/** A challenge: its first round, and those that follow. */
export interface View extends Round {
  challenge: string;
  expires_in: number;
  further_rounds?: Round[];
}

/** Where a reply is given: the picture's surface, and whom to tell. */
export interface Board {
  view: Round;
  language: Language;
  surface: HTMLElement;
  /** The reply is another one now. */
  changed(): void;
  /** Say something to people who do not see the surface. */
  tell(news: string): void;
}

/** A reply in the making. */
export interface Replying {
  value(): object;
  isEmpty(): boolean;
  remove(): void;
}

export interface ReplyKind {
  /** What the visitor is told to do, by language. */
  how: Record<Language, string>;
  begin(board: Board): Replying;
}
