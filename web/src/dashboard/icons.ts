// Icons of 24 × 24, drawn with lines. They say nothing that the words beside them do not.

const LINES = {
  sites: ["M4 5h16v14H4z", "M4 9h16", "M7 7h.01"],
  journal: ["M5 6h14", "M5 12h14", "M5 18h9"],
  gallery: ["M4 4h7v7H4z", "M13 4h7v7h-7z", "M4 13h7v7H4z", "M13 13h7v7h-7z"],
  scenarios: ["M6 4v16", "M6 5h11l-2 4 2 4H6"],
  health: ["M3 12h4l3-7 4 14 3-7h4"],
  copy: ["M9 9h11v11H9z", "M5 15H4V4h11v1"],
  key: ["M14 10a4 4 0 1 1-4-4 4 4 0 0 1 4 4z", "M13 13l7 7", "M17 17l2-2"],
  again: ["M20 12a8 8 0 1 1-2.3-5.6", "M20 3v4h-4"],
};
export type IconName = keyof typeof LINES;
const SVG = "http://www.w3.org/2000/svg";

export function icon(name: IconName): SVGSVGElement {
  const drawn = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" })) {
    drawn.setAttribute(key, value);
  }
  for (const line of LINES[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", line);
    drawn.append(path);
  }
  return drawn;
}
