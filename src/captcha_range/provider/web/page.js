// What both frames do with their document.

export const byId = (id) => document.getElementById(id);

/** Put texts into elements, by id. */
export function label(texts) {
  for (const [id, text] of Object.entries(texts)) byId(id).textContent = text;
}
