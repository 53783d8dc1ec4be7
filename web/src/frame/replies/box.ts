// A reply by a box: two opposite corners, each with a click or with the crosshair.

import type { Language } from "../texts/catalogue";
import { Crosshair, type Point } from "./crosshair";
import { AIMING } from "./points";
import type { Board, ReplyKind, Replying } from "./reply";

class Box implements Replying {
  readonly #board: Board;
  readonly #crosshair: Crosshair;
  readonly #outline = document.createElement("div");
  #corners: Point[] = [];

  constructor(board: Board) {
    this.#board = board;
    this.#outline.className = "outline";
    this.#outline.hidden = true;
    board.surface.append(this.#outline);
    this.#crosshair = new Crosshair(board, AIMING[board.language], (point) => this.#take(point));
  }

  value(): object {
    return { box: this.#box() };
  }

  isEmpty(): boolean {
    const [, , width = 0, height = 0] = this.#corners.length === 2 ? this.#box() : [];
    return width <= 0 || height <= 0;
  }

  remove(): void {
    this.#crosshair.remove();
    this.#outline.remove();
  }

  /** A third corner begins anew. */
  #take(point: Point): void {
    if (this.#corners.length === 2) this.#corners = [];
    this.#corners.push(point);
    const [x = 0, y = 0, width = 0, height = 0] = this.#box();
    const { view } = this.#board;
    this.#crosshair.place(this.#outline, [x, y]);
    this.#outline.style.width = `${(width / view.width) * 100}%`;
    this.#outline.style.height = `${(height / view.height) * 100}%`;
    this.#board.tell(point.map(Math.round).join(", "));
    this.#board.changed();
  }

  #box(): number[] {
    const [xs, ys] = [0, 1].map((axis) => this.#corners.map((corner) => corner[axis as 0 | 1])) as [number[], number[]];
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    return [left, top, Math.max(...xs) - left, Math.max(...ys) - top];
  }
}

const HOW: Record<Language, string> = {
  en: "Click two opposite corners of the box, or move with the arrow keys and press Enter for each.",
  "zh-CN": "请依次点击方框的两个对角，或用方向键移动并按回车键。",
  "zh-TW": "請依次點選方框的兩個對角，或用方向鍵移動並按 Enter 鍵。",
  es: "Haz clic en dos esquinas opuestas del recuadro, o muévete con las flechas y pulsa Intro en cada una.",
  fr: "Cliquez sur deux coins opposés du cadre, ou déplacez-vous avec les flèches et appuyez sur Entrée pour chacun.",
  de: "Klicken Sie auf zwei gegenüberliegende Ecken des Rahmens, oder bewegen Sie sich mit den Pfeiltasten und drücken Sie jeweils Enter.",
  ja: "枠の対角の二点をクリックするか、矢印キーで動かしてそれぞれ Enter キーを押してください。",
  ko: "상자의 마주 보는 두 모서리를 클릭하거나 화살표 키로 이동해 각각 Enter 키를 누르세요.",
  pt: "Clique em dois cantos opostos da caixa, ou mova-se com as setas e pressione Enter em cada um.",
  ru: "Щёлкните два противоположных угла рамки или двигайтесь стрелками и нажимайте Enter для каждого.",
  ar: "انقر على ركنين متقابلين للإطار، أو تحرّك بمفاتيح الأسهم واضغط Enter لكل منهما.",
};

export const box: ReplyKind = { how: HOW, begin: (board) => new Box(board) };
