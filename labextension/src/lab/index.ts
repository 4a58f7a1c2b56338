// What JupyterLab does for the bench: opens it, and takes its code into the notebook.
import { dagFiles } from "./dagFiles";
import { insertCode } from "./insertCode";
import { launcher } from "./launcher";

export default [launcher, dagFiles, insertCode];
