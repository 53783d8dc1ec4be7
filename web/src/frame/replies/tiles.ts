// A reply by tiles: one toggle button lies over each.

import type { Language } from "../texts/catalogue";
import type { Board, Rectangle, ReplyKind, Replying } from "./reply";

class Tiles implements Replying {
  readonly #buttons: HTMLButtonElement[];

  constructor(board: Board) {
    const { tiles } = board.view;
    this.#buttons = tiles.map((tile, index) => toggle(board, tile, `${TILE[board.language]} ${index + 1} / ${tiles.length}`));
    board.surface.append(...this.#buttons);
  }

  value(): object {
    return { tiles: this.#chosen() };
  }

  isEmpty(): boolean {
    return this.#chosen().length === 0;
  }

  remove(): void {
    for (const button of this.#buttons) button.remove();
  }

  #chosen(): number[] {
    return this.#buttons.flatMap((button, index) => (isPressed(button) ? [index] : []));
  }
}

function toggle(board: Board, tile: Rectangle, label: string): HTMLButtonElement {
  const part = (pixels: number, whole: number): string => `${(pixels / whole) * 100}%`;
  const { width, height } = board.view;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tile";
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-label", label);
  button.style.left = part(tile.x, width);
  button.style.top = part(tile.y, height);
  button.style.width = part(tile.width, width);
  button.style.height = part(tile.height, height);
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(!isPressed(button)));
    board.changed();
  });
  return button;
}

function isPressed(button: HTMLButtonElement): boolean {
  return button.getAttribute("aria-pressed") === "true";
}

const HOW: Record<Language, string> = {
  en: "Choose every tile that fits.",
  "zh-CN": "请选择所有符合的图块。",
  "zh-TW": "請選擇所有符合的圖塊。",
  es: "Elige todas las casillas que correspondan.",
  fr: "Choisissez toutes les cases qui conviennent.",
  de: "Wählen Sie alle Kacheln, die passen.",
  ja: "当てはまるタイルをすべて選んでください。",
  ko: "맞는 칸을 모두 고르세요.",
  pt: "Escolha todos os quadros que correspondem.",
  ru: "Выберите все подходящие плитки.",
  ar: "اختر كل المربعات المناسبة.",
};

const TILE: Record<Language, string> = {
  en: "Tile",
  "zh-CN": "图块",
  "zh-TW": "圖塊",
  es: "Casilla",
  fr: "Case",
  de: "Kachel",
  ja: "タイル",
  ko: "칸",
  pt: "Quadro",
  ru: "Плитка",
  ar: "مربع",
};

export const tiles: ReplyKind = { how: HOW, begin: (board) => new Tiles(board) };
