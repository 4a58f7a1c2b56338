// The run's marks on the boxes of a canvas: read from the run's state, told nowhere else.
import { useMemo } from "react";

import { useStateOf } from "../../context";
import { figure } from "../../parts/numbers";
import type { GraphBox } from "../../parts/graph/Graph";
import { SIGNS, TONES, WORDS, type OperatorMark, type RunState } from "./model";

type Marks = Pick<GraphBox, "tone" | "mark" | "note" | "hint">;

/** What the run says of each operator, while it goes on and while the draft is what was run. */
export function useRunMarks(): Readonly<Record<string, Marks>> {
  const state = useStateOf<RunState>("run");
  const shown = state && (state.going || (state.error ? state.error.current : state.result?.current)) ? state.operators : undefined;
  return useMemo(() => Object.fromEntries(Object.entries(shown ?? {}).map(([name, mark]) => [name, marked(mark)])), [shown]);
}

export function marked(mark: OperatorMark): Marks {
  const rows = mark.rows === null ? "" : `, ${figure(mark.rows)} rows`;
  const time = mark.seconds ? `, ${figure(mark.seconds.toFixed(1))} s` : "";
  const hint = [WORDS[mark.state] + rows + time, resultOf(mark), mark.keys && "keys kept"].filter(Boolean).join("; ");
  return { tone: TONES[mark.state], mark: SIGNS[mark.state], note: WORDS[mark.state] + rows + time, hint };
}

/** What became of its output. */
export function resultOf(mark: OperatorMark): string {
  if (mark.state !== "done" && mark.state !== "reused") return "";
  return mark.stored ? "stored" : "passed on";
}
