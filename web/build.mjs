// Compiles the widget and the dashboard: node build.mjs FOLDER. The same sources and the locked esbuild give the same bytes.
// Each file names its target as the browsers see it; what is not TypeScript is copied.

import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const sources = join(dirname(fileURLToPath(import.meta.url)), "src");
const folder = argv[2] && resolve(argv[2]);
if (!folder) throw new Error("say where to: node build.mjs FOLDER");

const programs = {
  "page/api.ts": "api.js",
  "frame/frame.ts": "frame.js",
  "dashboard/main.ts": "dashboard/dashboard.js",
};
const copies = ["frame.css", "hcaptcha.html", "about.html", "dashboard/dashboard.css", "dashboard/dashboard.html", "dashboard/icon.svg"];

mkdirSync(join(folder, "dashboard"), { recursive: true });
for (const [entry, name] of Object.entries(programs)) {
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
for (const name of copies) copyFileSync(join(sources, name), join(folder, name));
