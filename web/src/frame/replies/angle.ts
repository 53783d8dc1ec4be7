// A reply by an angle: a slider, and buttons for those who do not drag.

import type { Language } from "../texts/catalogue";
import { pieceOf } from "./piece";
import type { Board, ReplyKind, Replying } from "./reply";

const STEP = 15; // degrees by which a button turns

class Angle implements Replying {
  readonly #board: Board;
  readonly #piece: HTMLElement;
  readonly #controls = document.createElement("div");
  readonly #slider = document.createElement("input");
  #isTouched = false;

  constructor(board: Board) {
    this.#board = board;
    this.#piece = pieceOf(board);
    this.#piece.classList.add("round");
    Object.assign(this.#slider, { type: "range", min: "0", max: "359", step: "1", value: "0" });
    this.#slider.setAttribute("aria-label", ANGLE[board.language]);
    this.#slider.addEventListener("input", () => this.#turn(this.#slider.valueAsNumber));
    this.#controls.className = "controls";
    this.#controls.append(this.#button("↺", -STEP), this.#slider, this.#button("↻", STEP));
    board.surface.after(this.#controls);
  }

  value(): object {
    return { angle: this.#slider.valueAsNumber };
  }

  isEmpty(): boolean {
    return !this.#isTouched;
  }

  remove(): void {
    this.#controls.remove();
    this.#piece.remove();
  }

  #turn(degrees: number): void {
    this.#isTouched = true;
    this.#slider.value = String((degrees + 360) % 360);
    this.#slider.setAttribute("aria-valuetext", `${this.#slider.value}°`);
    this.#piece.style.rotate = `${this.#slider.value}deg`;
    this.#board.changed();
  }

  #button(arrow: string, degrees: number): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `${arrow} ${STEP}°`;
    button.addEventListener("click", () => this.#turn(this.#slider.valueAsNumber + degrees));
    return button;
  }
}

const HOW: Record<Language, string> = {
  en: "Turn with the slider, the buttons or the arrow keys.",
  "zh-CN": "请用滑块、按钮或方向键旋转。",
  "zh-TW": "請用滑桿、按鈕或方向鍵旋轉。",
  es: "Gira con el control deslizante, los botones o las flechas.",
  fr: "Tournez avec le curseur, les boutons ou les flèches.",
  de: "Drehen Sie mit dem Schieber, den Knöpfen oder den Pfeiltasten.",
  ja: "スライダー、ボタン、または矢印キーで回してください。",
  ko: "슬라이더, 버튼 또는 화살표 키로 돌리세요.",
  pt: "Gire com o controle, os botões ou as setas.",
  ru: "Поворачивайте ползунком, кнопками или стрелками.",
  ar: "أدِر بالشريط أو الأزرار أو مفاتيح الأسهم.",
};

const ANGLE: Record<Language, string> = {
  en: "Angle",
  "zh-CN": "角度",
  "zh-TW": "角度",
  es: "Ángulo",
  fr: "Angle",
  de: "Winkel",
  ja: "角度",
  ko: "각도",
  pt: "Ângulo",
  ru: "Угол",
  ar: "الزاوية",
};

export const angle: ReplyKind = { how: HOW, begin: (board) => new Angle(board) };
