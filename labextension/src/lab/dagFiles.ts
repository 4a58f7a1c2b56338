// Calculations in files, *.liqdag.json: their icon, and "Open in the bench" in their menu (see schema).
// A double click shows the JSON as before: looking at a file should neither write one nor start a kernel.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { PathExt } from "@jupyterlab/coreutils";
import { IFileBrowserFactory, type FileBrowser } from "@jupyterlab/filebrowser";

import { benchOf } from "./code";
import { benchIcon } from "./icon";
import { openNotebook } from "./open";

const ENDING = ".liqdag.json";

export const dagFiles: JupyterFrontEndPlugin<void> = {
  id: "liqbench:dag-files",
  description: "Opens *.liqdag.json files in the liquidity bench.",
  autoStart: true,
  requires: [IFileBrowserFactory],
  activate: (app, { tracker }: IFileBrowserFactory) => {
    app.docRegistry.addFileType({
      name: "liqdag",
      displayName: "Liquidity calculation",
      extensions: [ENDING],
      mimeTypes: ["application/json"],
      icon: benchIcon,
    });
    app.commands.addCommand("liqbench:open", {
      label: "Open in the bench",
      caption: "Open this calculation in the liquidity bench, in a new notebook beside it",
      icon: benchIcon,
      execute: async () => {
        for (const path of chosen(tracker.currentWidget)) {
          await openNotebook(app, benchOf(PathExt.basename(path), new Date()), PathExt.dirname(path));
        }
      },
    });
  },
};

function chosen(browser: FileBrowser | null): string[] {
  const paths = [...(browser?.selectedItems() ?? [])].map(({ path }) => path);
  return paths.filter((path) => path.toLowerCase().endsWith(ENDING));
}
