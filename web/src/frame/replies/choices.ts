// A reply by one of several buttons: a number, or a word.

import type { Language } from "../texts/catalogue";
import type { Board, ReplyKind, Replying } from "./reply";

type Kind = "number" | "choice";

class Choices implements Replying {
  readonly #kind: Kind;
  readonly #board: Board;
  readonly #controls = document.createElement("div");
  readonly #buttons: HTMLButtonElement[];
  readonly #picture: HTMLElement | null;
  #chosen = -1;

  constructor(board: Board, kind: Kind) {
    this.#board = board;
    this.#kind = kind;
    this.#buttons = board.view.choices.map((words, index) => this.#button(words, index));
    this.#controls.className = "controls";
    this.#controls.setAttribute("role", "group");
    this.#controls.setAttribute("aria-labelledby", "prompt");
    this.#controls.append(...this.#buttons);
    board.surface.after(this.#controls);
    // Beside words, the picture is decoration.
    this.#picture = kind === "choice" ? board.surface : null;
    if (this.#picture) this.#picture.hidden = true;
  }

  value(): object {
    return { [this.#kind]: this.#kind === "number" ? Number(this.#board.view.choices[this.#chosen]) : this.#chosen };
  }

  isEmpty(): boolean {
    return this.#chosen < 0;
  }

  remove(): void {
    this.#controls.remove();
    if (this.#picture) this.#picture.hidden = false;
  }

  #button(words: string, index: number): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "choice";
    button.textContent = words;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      this.#chosen = index;
      this.#buttons.forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
      this.#board.changed();
    });
    return button;
  }
}

const NUMBER: Record<Language, string> = {
  en: "Choose the number.",
  "zh-CN": "请选择数字。",
  "zh-TW": "請選擇數字。",
  es: "Elige el número.",
  fr: "Choisissez le nombre.",
  de: "Wählen Sie die Zahl.",
  ja: "数を選んでください。",
  ko: "숫자를 고르세요.",
  pt: "Escolha o número.",
  ru: "Выберите число.",
  ar: "اختر العدد.",
};

const WORD: Record<Language, string> = {
  en: "Choose the word.",
  "zh-CN": "请选择词语。",
  "zh-TW": "請選擇詞語。",
  es: "Elige la palabra.",
  fr: "Choisissez le mot.",
  de: "Wählen Sie das Wort.",
  ja: "言葉を選んでください。",
  ko: "낱말을 고르세요.",
  pt: "Escolha a palavra.",
  ru: "Выберите слово.",
  ar: "اختر الكلمة.",
};

export const number: ReplyKind = { how: NUMBER, begin: (board) => new Choices(board, "number") };
export const choice: ReplyKind = { how: WORD, begin: (board) => new Choices(board, "choice") };
