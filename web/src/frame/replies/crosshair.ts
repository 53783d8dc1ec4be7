// A place in the picture that a visitor aims at: with a click, or with a crosshair that the arrow keys move.

import type { Board } from "./reply";

const STEPS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const STRIDE = 16; // pixels of the picture
const FINE = 2; // with Shift

export type Point = [number, number];

export class Crosshair {
  readonly #board: Board;
  readonly #chosen: (point: Point) => void;
  readonly #listening = new AbortController();
  readonly #element = document.createElement("div");
  #aim: Point;

  /** `label` says what the surface is and which keys do what; `chosen` gets each place, in pixels of the picture. */
  constructor(board: Board, label: string, chosen: (point: Point) => void) {
    const { surface, view } = board;
    const { signal } = this.#listening;
    this.#board = board;
    this.#chosen = chosen;
    this.#aim = [view.width / 2, view.height / 2];
    this.#element.className = "crosshair";
    this.#element.hidden = true;
    surface.append(this.#element);
    surface.tabIndex = 0;
    surface.setAttribute("role", "application");
    surface.setAttribute("aria-label", label);
    surface.addEventListener("click", (event) => this.#click(event), { signal });
    surface.addEventListener("keydown", (event) => this.#press(event), { signal });
  }

  /** Put an element of the surface at a place of the picture. */
  place(element: HTMLElement, [x, y]: Point): void {
    element.style.left = `${(x / this.#board.view.width) * 100}%`;
    element.style.top = `${(y / this.#board.view.height) * 100}%`;
    element.hidden = false;
  }

  remove(): void {
    this.#listening.abort();
    this.#element.remove();
    for (const name of ["tabindex", "role", "aria-label"]) this.#board.surface.removeAttribute(name);
  }

  #click({ clientX, clientY }: MouseEvent): void {
    const box = this.#board.surface.getBoundingClientRect();
    const { width, height } = this.#board.view;
    this.#choose([((clientX - box.left) / box.width) * width, ((clientY - box.top) / box.height) * height]);
  }

  #press(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    if (event.key === "Enter" || event.key === " ") this.#choose(this.#aim);
    else if (step) this.#move(step, event.shiftKey ? FINE : STRIDE);
    else return;
    event.preventDefault();
  }

  #move([right, down]: [number, number], stride: number): void {
    const within = (value: number, most: number): number => Math.min(Math.max(value, 0), most - 1);
    const { width, height } = this.#board.view;
    this.#aim = [within(this.#aim[0] + right * stride, width), within(this.#aim[1] + down * stride, height)];
    this.place(this.#element, this.#aim);
  }

  #choose([x, y]: Point): void {
    this.#aim = [Math.round(x * 100) / 100, Math.round(y * 100) / 100];
    this.#element.hidden = true;
    this.#chosen(this.#aim);
  }
}
