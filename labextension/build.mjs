// Bundles the bench's screen into the Python package: one script, one style sheet.
import * as esbuild from "esbuild";

await esbuild.build({
  entryPoints: { bench: "src/bench/main.tsx" },
  outdir: "../src/liqbench/ui/static",
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "eof",
  logLevel: "warning",
});
