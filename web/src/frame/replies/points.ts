// A reply by one point of the picture.

import type { Language } from "../texts/catalogue";
import { Crosshair, type Point } from "./crosshair";
import type { Board, ReplyKind, Replying } from "./reply";

class Points implements Replying {
  readonly #crosshair: Crosshair;
  readonly #mark = document.createElement("div");
  #point: Point | null = null;

  constructor(board: Board) {
    this.#mark.className = "mark";
    this.#mark.hidden = true;
    this.#crosshair = new Crosshair(board, SURFACE[board.language], (point) => {
      this.#point = point;
      this.#crosshair.place(this.#mark, point);
      board.tell(`${MARKED[board.language]} ${point.map(Math.round).join(", ")}`);
      board.changed();
    });
    board.surface.append(this.#mark);
  }

  value(): object {
    return { points: [this.#point] };
  }

  isEmpty(): boolean {
    return this.#point === null;
  }

  remove(): void {
    this.#crosshair.remove();
    this.#mark.remove();
  }
}

const HOW: Record<Language, string> = {
  en: "Click in the picture, or move with the arrow keys and press Enter.",
  "zh-CN": "请点击图片，或用方向键移动后按回车键。",
  "zh-TW": "請點選圖片，或用方向鍵移動後按 Enter 鍵。",
  es: "Haz clic en la imagen, o muévete con las flechas y pulsa Intro.",
  fr: "Cliquez dans l’image, ou déplacez-vous avec les flèches puis appuyez sur Entrée.",
  de: "Klicken Sie ins Bild, oder bewegen Sie sich mit den Pfeiltasten und drücken Sie Enter.",
  ja: "画像をクリックするか、矢印キーで動かして Enter キーを押してください。",
  ko: "그림을 클릭하거나 화살표 키로 이동한 뒤 Enter 키를 누르세요.",
  pt: "Clique na imagem, ou mova-se com as setas e pressione Enter.",
  ru: "Щёлкните по картинке или двигайтесь стрелками и нажмите Enter.",
  ar: "انقر داخل الصورة، أو تحرّك بمفاتيح الأسهم ثم اضغط Enter.",
};

const SURFACE: Record<Language, string> = {
  en: "Picture. Arrow keys move the crosshair, with Shift in small steps; Enter sets the mark.",
  "zh-CN": "图片。方向键移动十字线，按住 Shift 微调；回车键确定。",
  "zh-TW": "圖片。方向鍵移動十字線，按住 Shift 微調；Enter 鍵確定。",
  es: "Imagen. Las flechas mueven la cruz, con Mayús en pasos cortos; Intro pone la marca.",
  fr: "Image. Les flèches déplacent la croix, à petits pas avec Maj ; Entrée pose la marque.",
  de: "Bild. Die Pfeiltasten bewegen das Fadenkreuz, mit Umschalt in kleinen Schritten; Enter setzt die Marke.",
  ja: "画像。矢印キーで十字を動かし、Shift を押すと細かく動きます。Enter で印を付けます。",
  ko: "그림. 화살표 키로 십자선을 움직이고, Shift를 누르면 조금씩 움직입니다. Enter로 표시합니다.",
  pt: "Imagem. As setas movem a mira, com Shift em passos curtos; Enter põe a marca.",
  ru: "Картинка. Стрелки двигают прицел, с Shift — мелкими шагами; Enter ставит метку.",
  ar: "صورة. تحرّك مفاتيح الأسهم علامة التصويب، ومع Shift بخطوات صغيرة؛ يضع Enter العلامة.",
};

const MARKED: Record<Language, string> = {
  en: "Mark set at",
  "zh-CN": "已标记",
  "zh-TW": "已標記",
  es: "Marca puesta en",
  fr: "Marque posée en",
  de: "Marke gesetzt bei",
  ja: "印の位置",
  ko: "표시한 위치",
  pt: "Marca posta em",
  ru: "Метка поставлена:",
  ar: "وُضعت العلامة عند",
};

export const points: ReplyKind = { how: HOW, begin: (board) => new Points(board) };
