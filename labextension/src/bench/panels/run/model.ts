// What the kernel tells of the run.
import type { Fault } from "../../kernel";

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

export interface RunState {
  going: boolean;
  cancelling: boolean;
  refused: string;
  variants_asked: number;
  error: (Fault & { operator: string; cancelled: boolean }) | null;
  notices: string[];
  result: { run: string; dag: string; as_of: string; to: string; started: string; variants: number; current: boolean } | null;
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

export const TONES: Record<MarkState, "good" | "bad" | "busy" | "warn" | "quiet"> = {
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
