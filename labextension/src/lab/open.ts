// A new notebook with one cell, which is run at once.
import type { JupyterFrontEnd } from "@jupyterlab/application";
import { NotebookActions, type NotebookPanel } from "@jupyterlab/notebook";

/** Open a notebook in a folder, or in the one that the file browser shows. */
export async function openNotebook(app: JupyterFrontEnd, code: string, folder: string | undefined): Promise<void> {
  const panel = await app.commands.execute("notebook:create-new", {
    cwd: folder,
    kernelName: await pythonKernel(app),
  }) as NotebookPanel;
  await panel.context.ready;
  panel.content.model!.cells.get(0).sharedModel.setSource(code);
  await panel.sessionContext.ready;
  await NotebookActions.runAll(panel.content, panel.sessionContext);
}

/** The default kernel where it speaks Python, else another that does; none lets JupyterLab ask. */
async function pythonKernel(app: JupyterFrontEnd): Promise<string | undefined> {
  const manager = app.serviceManager.kernelspecs;
  await manager.ready;
  const python = Object.values(manager.specs?.kernelspecs ?? {}).filter((spec) => spec?.language === "python");
  const names = python.map((spec) => spec!.name);
  return names.find((name) => name === manager.specs?.default) ?? names[0];
}
