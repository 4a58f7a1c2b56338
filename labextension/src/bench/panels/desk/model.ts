// What the kernel tells of the desk, the publishing and the history.
import type { Selection } from "../../context";
import type { Fault } from "../../kernel";
import { change, figure, percent } from "../../parts/numbers";

export type Refusal = Fault & { who?: string };
export type View = "submit" | "inbox" | "history";
export type Fields = Record<string, string>;

export interface Said {
  by: string;
  at: string;
  comment: string;
}

/** A submission as a line of the inbox. */
export interface Line {
  id: string;
  variant: string;
  author: string;
  at: string;
  reason: string;
  state: "submitted" | "approved" | "rejected" | "published" | "withdrawn";
  rejection: Said | null;
}

export interface Approval {
  id: string;
  approver: string;
  at: string;
  until: string;
  comment: string;
  targets: string[] | null;
  trust: string;
  key: string;
}

/** What became of an approval at a warehouse, and why it may not be published there. */
export interface Place {
  name: string;
  identity: string;
  published: Publication | null;
  faults: Refusal[];
}

export interface Opened extends Line {
  approval: Approval | null;
  approve: Refusal[];
  reject: Refusal[];
  /** Until when an approval given now would hold. */
  until: string;
  places: Place[];
}

export interface Variant {
  name: string;
  rules: number;
  touched: number | null;
  faults: Refusal[];
  /** Its newest submission, if there was one. */
  before: Line | null;
}

export interface Who {
  person: string;
  provider?: string;
  trust?: string;
  key?: string;
  fault?: Fault;
}

export interface DeskState {
  view: View;
  who: Who;
  variants: Variant[];
  variant: string;
  read: boolean;
  problem: Fault | null;
  waiting: number;
  count: number;
  inbox: Line[];
  opened: Opened | null;
  forms: Record<string, Fields>;
  largest: number;
}

export type Kind = "" | "ratio" | "points" | "percent";
export type Value = string | number | boolean | null;

export interface SummaryFigure {
  name: string;
  kind: Kind;
  value: Value;
}

export interface Rule {
  rule: string;
  stage?: string;
  what: string;
  reason: string;
  evidence: string;
  effective: string | null;
  expiry: string | null;
  approved_by: string | null;
  approved_at: string | null;
}

export interface ReviewTable {
  name: string;
  count: number;
  columns: { name: string; kind: Kind }[];
  rows: Value[][];
}

export interface ReviewFile {
  name: string;
  size: number;
  given: boolean;
}

export interface Review {
  id: string;
  content: string;
  key: string;
  as_of: string;
  summary: SummaryFigure[];
  rules: Rule[];
  plan: Record<string, string>;
  tables: ReviewTable[];
  picture: string;
  files: ReviewFile[];
  absent: { name: string; why: string }[];
}

export interface Publication {
  id: string;
  variant: string;
  target: string;
  place: string;
  at: string;
  by: string;
  author: string;
  approver: string;
  submission: string;
  approval: string;
  trust: string;
  withdrawn: { by: string; at: string; reason: string } | null;
}

export interface DryRun {
  target: string;
  rows: { table: string; rows: number; way: string }[];
  sums: { column: string; sum: string }[];
  statements: number;
}

export interface Receipt {
  id: string;
  target: string;
  new: boolean;
  rows: { table: string; rows: number }[];
  seconds: string;
  speed: string;
  tries: number;
  way: string;
  trust: string;
  warnings: string[];
}

export interface Step {
  approval: string;
  target: string;
  phase: "checking" | "preparing" | "staging" | "committing" | "refreshing";
  attempt: number;
  finished: number;
  total: number;
  what: string;
  rows: number;
}

export interface PublishingState {
  target: string;
  targets: { name: string; identity: string }[];
  running: Step | null;
  rehearsed: DryRun | null;
  ended: { receipt?: Receipt; fault?: Refusal } | null;
}

export interface Check {
  name: string;
  ok: boolean;
  what: string;
  hint: string;
}

export interface HistoryState {
  rows: Publication[];
  count: number;
  opened: string;
}

/** The variant that is chosen; what she chooses counts at once, before the kernel knows. */
export function chosenVariant(state: DeskState, selection: Selection): Variant | undefined {
  const named = (name: string | undefined) => state.variants.find((each) => each.name === name);
  return (selection.kind === "variant" ? named(selection.id) : undefined) ?? named(state.variant);
}

/** How a figure of a review is read. */
export function shown(value: Value, kind: Kind): string {
  if (value === null || value === "") return "–";
  const text = String(value);
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text === "true" ? "yes" : text === "false" ? "no" : text;
  if (kind === "ratio") return percent(text);
  if (kind === "points") return `${change(text, 1)} pp`;
  if (kind === "percent") return `${change(text, 2)} %`;
  return figure(text);
}

export function isFigure(value: Value): boolean {
  return value === null || value === "" || /^-?\d+(\.\d+)?$/.test(String(value));
}

/** The first digits of an id that is all digits. */
export function short(id: string): string {
  return id.slice(0, 12);
}
