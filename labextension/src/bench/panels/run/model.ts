// What the kernel tells of the run.
import type { Fault, States } from "../../kernel";
import { figure } from "../../parts/numbers";
import type { Work } from "../../parts/StatusLine";

export type MarkState = "waiting" | "running" | "on the way" | "done" | "reused" | "failed" | "cancelled";

export interface OperatorMark {
  state: MarkState;
  rows: number | null;
  seconds: number | null;
  stored: boolean;
  keys: string;
}

export interface VariantMark {
  name: string;
  scenario: string;
  point: string;
  state: MarkState;
  at: string;
  finished: number;
  total: number;
  seconds: number | null;
  strategy: string;
  rows: number | null;
  message: string;
}

/** A fault of the run, with what of the draft it names: an operator, or a scenario's rule. */
export interface RunFault extends Fault {
  operator: string;
  scenario: string;
  rule: string;
  faults?: RunFault[];
}

export interface RunState {
  going: boolean;
  cancelling: boolean;
  refused: string;
  variants_asked: number;
  error: (RunFault & { cancelled: boolean; current: boolean }) | null;
  notices: string[];
  result: { run: string; dag: string; as_of: string; to: string; started: string; variants: number; current: boolean; reopened: boolean } | null;
  history: number;
  title: string;
  seconds: number;
  finished: number;
  total: number;
  stage: string;
  tasks: [number, number] | null;
  operators: Record<string, OperatorMark>;
  variants: VariantMark[];
  lines: number;
}

export interface HistoryEntry {
  run: string;
  at: string;
  dag: string;
  as_of: string;
  state: string;
  seconds: number | null;
  error: string;
  variants: number;
}

export const WORDS: Record<MarkState, string> = {
  waiting: "waiting",
  running: "at work",
  "on the way": "on the way",
  done: "done",
  reused: "reused",
  failed: "failed",
  cancelled: "cancelled",
};

export type Tone = "good" | "bad" | "busy" | "warn" | "quiet";

export const TONES: Record<MarkState, Tone> = {
  waiting: "quiet",
  running: "busy",
  "on the way": "busy",
  done: "good",
  reused: "good",
  failed: "bad",
  cancelled: "warn",
};

export const SIGNS: Record<MarkState, string | undefined> = {
  waiting: undefined,
  running: "…",
  "on the way": "…",
  done: "✓",
  reused: "↺",
  failed: "!",
  cancelled: "×",
};

/** How the run ended, in words. */
export function ending(state: RunState): { tone: "good" | "bad" | "warn"; said: string } {
  const { error, variants, result } = state;
  if (error?.cancelled) return { tone: "warn", said: "cancelled; what was stored stays, and the next run goes on from there" };
  if (error?.faults) return { tone: "bad", said: `refused, ${error.faults.length === 1 ? "1 fault" : `${error.faults.length} faults`}` };
  if (error) return { tone: "bad", said: `stopped${error.operator && ` at ${error.operator}`}: ${error.what}` };
  const failed = variants.filter((variant) => variant.state === "failed").length;
  if (failed) return { tone: "bad", said: `finished, ${failed} of ${variants.length} variants failed` };
  if (result?.reopened) return { tone: "good", said: "its stored tables are open again" };
  return { tone: "good", said: `finished in ${figure(state.seconds.toFixed(1))} s` };
}

/** The run at the foot of every step. */
export function working(states: States): Work | undefined {
  const state = states["run"] as RunState | undefined;
  if (!state?.title) return undefined;
  const { title: what, finished, total, seconds, stage, tasks, cancelling } = state;
  if (!state.going) {
    const { tone, said } = ending(state);
    return { what, said, ended: tone };
  }
  const spark = tasks?.[1] ? ` · ${figure(tasks[0])} of ${figure(tasks[1])} Spark tasks` : "";
  const said = cancelling ? "cancelling: Spark's jobs are being ended" : stage + spark;
  return { what, said, finished, total, seconds, cancel: "run.cancel", cancelling };
}
