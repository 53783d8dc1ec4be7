// Compiles the widget: node build.mjs FOLDER. The same sources and the locked esbuild give the same bytes.
// Each file names its target as the browsers see it; what is not TypeScript is copied.

import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const sources = join(dirname(fileURLToPath(import.meta.url)), "src");
const folder = argv[2] && resolve(argv[2]);
if (!folder) throw new Error("say where to: node build.mjs FOLDER");

mkdirSync(folder, { recursive: true });
for (const [entry, name] of [["page/api.ts", "api.js"], ["frame/frame.ts", "frame.js"]]) {
  await build({
    absWorkingDir: sources,
    entryPoints: [entry],
    outfile: join(folder, name),
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2021",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
}
for (const name of ["frame.css", "hcaptcha.html", "about.html"]) copyFileSync(join(sources, name), join(folder, name));
