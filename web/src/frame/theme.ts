// How a frame looks: one of three themes, and what a theme object changes in them.
// The names of such an object are those of hCaptcha's public documentation; what this widget has not, it leaves out.

interface Part {
  main?: Record<string, unknown>;
}

interface ThemeObject {
  palette?: {
    mode?: string;
    primary?: Part["main"];
    warn?: Part["main"];
    text?: Record<string, unknown>;
  };
  component?: Record<string, Part | undefined>;
}

export function dress(root: HTMLElement, theme: string): void {
  const given = objectOf(theme);
  const mode = given?.palette?.mode ?? theme;
  root.dataset["theme"] = mode === "dark" || mode === "contrast" ? mode : "light";
  if (given === null) return;
  for (const [name, colour] of Object.entries(coloursOf(given))) {
    if (typeof colour === "string" && CSS.supports("color", colour)) root.style.setProperty(name, colour);
  }
}

function coloursOf({ palette, component }: ThemeObject): Record<string, unknown> {
  const part = (name: string): Record<string, unknown> => component?.[name]?.main ?? {};
  return {
    "--accent": part("verifyButton")["fill"] ?? palette?.primary?.["main"],
    "--accent-ink": part("verifyButton")["text"],
    "--alarm": palette?.warn?.["main"],
    "--ink": palette?.text?.["heading"],
    "--soft": palette?.text?.["body"],
    "--ground": part("checkbox")["fill"],
    "--line": part("checkbox")["border"],
    "--card": part("challenge")["fill"],
    "--edge": part("challenge")["border"],
    "--band": part("prompt")["fill"],
  };
}

function objectOf(theme: string): ThemeObject | null {
  if (!theme.startsWith("{")) return null;
  try {
    return JSON.parse(theme) as ThemeObject;
  } catch {
    return null;
  }
}
