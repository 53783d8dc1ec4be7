// A reply by one point: with a click, or with a crosshair that the arrow keys move.

import { byId } from "./page.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STRIDE = 16; // pixels of the picture; with Shift, 2

export class Points {
  #surface = byId("surface");
  #listening = new AbortController();
  #point = null;

  constructor(view, texts, challenge) {
    const { signal } = this.#listening;
    this.view = view;
    this.texts = texts;
    this.challenge = challenge;
    this.aim = [view.width / 2, view.height / 2];
    this.#surface.tabIndex = 0;
    this.#surface.setAttribute("role", "application");
    this.#surface.setAttribute("aria-label", texts.surface);
    this.#surface.addEventListener("click", (event) => this.#click(event), { signal });
    this.#surface.addEventListener("keydown", (event) => this.#press(event), { signal });
  }

  value() {
    return { points: [this.#point] };
  }

  isEmpty() {
    return this.#point === null;
  }

  remove() {
    this.#listening.abort();
    this.#surface.removeAttribute("tabindex");
    this.#surface.removeAttribute("role");
    this.#surface.removeAttribute("aria-label");
    byId("crosshair").hidden = byId("marker").hidden = true;
  }

  #click(event) {
    const box = this.#surface.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.view.width;
    const y = ((event.clientY - box.top) / box.height) * this.view.height;
    this.#set([x, y]);
  }

  #press(event) {
    if (event.key === "Enter" || event.key === " ") this.#set(this.aim);
    else if (Object.hasOwn(STEPS, event.key)) this.#move(STEPS[event.key], event.shiftKey ? 2 : STRIDE);
    else return;
    event.preventDefault();
  }

  #move([right, down], stride) {
    const within = (value, most) => Math.min(Math.max(value, 0), most - 1);
    const [x, y] = this.aim;
    this.aim = [within(x + right * stride, this.view.width), within(y + down * stride, this.view.height)];
    this.#place("crosshair", this.aim);
  }

  #set([x, y]) {
    this.aim = this.#point = [Math.round(x * 100) / 100, Math.round(y * 100) / 100];
    byId("crosshair").hidden = true;
    this.#place("marker", this.#point);
    byId("news").textContent = this.texts.at(Math.round(x), Math.round(y));
    this.challenge.changed();
  }

  #place(id, [x, y]) {
    const { style } = byId(id);
    style.left = `${(x / this.view.width) * 100}%`;
    style.top = `${(y / this.view.height) * 100}%`;
    byId(id).hidden = false;
  }
}
