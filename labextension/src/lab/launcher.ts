// "Liquidity bench": a card in the launcher, a command, and an entry of File, New (see schema).
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { ILauncher } from "@jupyterlab/launcher";

import { EMPTY_BENCH } from "./code";
import { SVG, benchIcon } from "./icon";
import { openNotebook } from "./open";

const COMMAND = "liqbench:new";

export const launcher: JupyterFrontEndPlugin<void> = {
  id: "liqbench:launcher",
  description: "Opens a liquidity bench in a new notebook.",
  autoStart: true,
  optional: [ILauncher, ICommandPalette],
  activate: (app, cards: ILauncher | null, palette: ICommandPalette | null) => {
    app.commands.addCommand(COMMAND, {
      label: "Liquidity bench",
      caption: "Open the liquidity bench in a new notebook",
      icon: benchIcon,
      execute: (args) => openNotebook(app, EMPTY_BENCH, args["cwd"] as string | undefined),
    });
    // A card among the notebooks shows no other icon than a kernel's.
    const kernelIconUrl = `data:image/svg+xml,${encodeURIComponent(SVG)}`;
    cards?.add({ command: COMMAND, category: "Notebook", rank: 100, kernelIconUrl });
    palette?.addItem({ command: COMMAND, category: "Liquidity" });
  },
};
