// The bench's "Insert as a new cell". The bench asks by events, which reach it here where it stands in
// a notebook's cell; what is taken is marked by preventDefault, so the bench knows at once.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker, type Notebook } from "@jupyterlab/notebook";

import { CAN_INSERT, INSERT } from "../shared/events";

export const insertCode: JupyterFrontEndPlugin<void> = {
  id: "liqbench:insert-code",
  description: "Puts the code that a liquidity bench shows into a new cell.",
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app, tracker: INotebookTracker) => {
    document.addEventListener(CAN_INSERT, (event) => {
      if (cellOf(event, tracker)) event.preventDefault();
    });
    document.addEventListener(INSERT, (event) => {
      const cell = cellOf(event, tracker);
      if (!cell) return;
      event.preventDefault();
      insertBelow(cell, (event as CustomEvent<{ code: string }>).detail.code);
    });
  },
};

interface Place {
  notebook: Notebook;
  index: number;
}

/** The cell from which an event comes. */
function cellOf(event: Event, tracker: INotebookTracker): Place | undefined {
  const from = event.target as Node;
  const notebook = tracker.find(({ content }) => content.node.contains(from))?.content;
  const index = notebook?.widgets.findIndex(({ node }) => node.contains(from)) ?? -1;
  return notebook && index >= 0 ? { notebook, index } : undefined;
}

function insertBelow({ notebook, index }: Place, code: string): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  notebook.model!.sharedModel.insertCell(index + 1, { cell_type: "code", source: code.trimEnd() });
  notebook.activeCellIndex = index + 1;
  notebook.mode = "edit";
  void notebook.scrollToCell(notebook.activeCell!);
}
