// What both frames do with their document.

/** The element with this id; hcaptcha.html has it. */
export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind;
}

/** Put texts into elements, by id. */
export function label(texts: Record<string, string>): void {
  for (const [id, text] of Object.entries(texts)) byId(id).textContent = text;
}
