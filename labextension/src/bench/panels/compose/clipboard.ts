// Operators on the system's clipboard, as the JSON of a DAG: pasted here, elsewhere, or into a file.
import type { ComposeState } from "./model";

export function asJson(state: ComposeState, ids: readonly string[]): string {
  const operators = state.operators
    .filter(({ id }) => ids.includes(id))
    .map(({ id, kind, parameters, description, checkpoint }) => ({
      operator_id: id,
      operator_type: kind,
      parameters,
      inputs: state.edges.filter(([, to]) => to === id).map(([source]) => source),
      ...(description ? { description } : {}),
      ...(checkpoint ? { checkpoint } : {}),
    }));
  return `${JSON.stringify({ schema: "liqdag/1", name: state.name, operators }, null, 2)}\n`;
}

/** The operators in a text from the clipboard, or nothing where there are none. */
export function operatorsIn(text: string): Record<string, unknown>[] | undefined {
  try {
    const found = JSON.parse(text) as { operators?: unknown };
    return Array.isArray(found?.operators) ? (found.operators as Record<string, unknown>[]) : undefined;
  } catch {
    return undefined;
  }
}

export const NOTHING_TO_PASTE = {
  kind: "ClipboardError",
  what: "The clipboard holds no operators",
  hint: "copy some on a canvas, or the text of a calculation's file",
};

/** What the keys do, a browser allows everywhere. */
export const COPY_BY_KEY = "choose the operators on the canvas and press Ctrl+C there";
export const PASTE_BY_KEY = "click on the canvas and press Ctrl+V there";
