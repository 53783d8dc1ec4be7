// A reply by the place where the piece was put: with a click, or with the crosshair.

import type { Language } from "../texts/catalogue";
import { Crosshair, type Point } from "./crosshair";
import { pieceOf } from "./piece";
import { AIMING } from "./points";
import type { Board, ReplyKind, Replying } from "./reply";

class Position implements Replying {
  readonly #crosshair: Crosshair;
  readonly #piece: HTMLElement;
  #centre: Point | null = null;

  constructor(board: Board) {
    this.#piece = pieceOf(board);
    this.#crosshair = new Crosshair(board, AIMING[board.language], (point) => {
      this.#centre = point;
      this.#crosshair.place(this.#piece, point);
      board.tell(point.map(Math.round).join(", "));
      board.changed();
    });
  }

  value(): object {
    return { position: this.#centre };
  }

  isEmpty(): boolean {
    return this.#centre === null;
  }

  remove(): void {
    this.#crosshair.remove();
    this.#piece.remove();
  }
}

const HOW: Record<Language, string> = {
  en: "Click where the middle of the piece belongs, or move with the arrow keys and press Enter.",
  "zh-CN": "请点击拼块中心应在的位置，或用方向键移动后按回车键。",
  "zh-TW": "請點選拼塊中心應在的位置，或用方向鍵移動後按 Enter 鍵。",
  es: "Haz clic donde va el centro de la pieza, o muévete con las flechas y pulsa Intro.",
  fr: "Cliquez là où va le centre de la pièce, ou déplacez-vous avec les flèches puis appuyez sur Entrée.",
  de: "Klicken Sie dorthin, wo die Mitte des Teils hingehört, oder bewegen Sie sich mit den Pfeiltasten und drücken Sie Enter.",
  ja: "ピースの中心を置く場所をクリックするか、矢印キーで動かして Enter キーを押してください。",
  ko: "조각의 가운데가 놓일 곳을 클릭하거나 화살표 키로 이동한 뒤 Enter 키를 누르세요.",
  pt: "Clique onde fica o centro da peça, ou mova-se com as setas e pressione Enter.",
  ru: "Щёлкните там, где место середине фрагмента, или двигайтесь стрелками и нажмите Enter.",
  ar: "انقر حيث ينبغي أن يكون وسط القطعة، أو تحرّك بمفاتيح الأسهم ثم اضغط Enter.",
};

export const position: ReplyKind = { how: HOW, begin: (board) => new Position(board) };
