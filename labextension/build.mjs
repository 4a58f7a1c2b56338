// Bundles the bench's screen into the Python package: one script, one style sheet. And what
// JupyterLab does for the bench into one module, whose imports the builder leaves to JupyterLab.
import * as esbuild from "esbuild";

const common = { bundle: true, format: "esm", target: "es2022", logLevel: "warning" };

await esbuild.build({
  ...common,
  entryPoints: { bench: "src/bench/main.tsx" },
  outdir: "../src/liqbench/ui/static",
  minify: true,
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "eof",
});

await esbuild.build({
  ...common,
  entryPoints: { lab: "src/lab/index.ts" },
  outdir: "lib",
  packages: "external",
});
