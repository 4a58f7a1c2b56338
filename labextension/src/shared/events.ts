// What the bench's screen asks of JupyterLab; an event that is taken has its default prevented.

/** Is there somebody who puts code into a new cell below this one? */
export const CAN_INSERT = "liqbench:can-insert-code";

/** Do it; the detail has the code. */
export const INSERT = "liqbench:insert-code";
