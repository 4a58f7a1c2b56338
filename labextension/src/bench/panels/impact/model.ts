// What the kernel tells of an analysis, and how its figures are shown.
import { change, figure, grouped, rounded, shifted } from "../../parts/numbers";

/** Value, change and mark: `breach`, `new` (a breach that the baseline hasn't), `=` (unchanged). */
export type Shown = [string | null, string | null, string] | null;
export type Base = [string | null, string];

export interface Metric {
  name: string;
  title: string;
  ratio: boolean;
  /** More of it makes the ratio worse. */
  burden: boolean;
}

export interface Variant {
  name: string;
  ran: boolean;
  scenario: string;
  point: string;
  description: string;
  records: number | null;
  breaches: number;
  new_breaches: number;
  error: string;
  note: string;
}

export interface Row {
  name: string;
  detail: string;
  unit: string;
  base: Base;
  cells: Shown[];
}

export interface FigureRow {
  metric: Metric;
  base: Base;
  cells: Shown[];
}

export interface CategoryRow {
  section: string;
  category: string;
  description: string;
  weight: string | null;
  paragraph: string;
  base: Base;
  cells: Shown[];
}

export interface View {
  metric: string;
  against: string;
  by: string;
  part: "value" | "change";
  descending: boolean;
  filter: string;
  changed_only: boolean;
  relative: boolean;
  shown: number;
}

export interface Cell {
  variant?: string;
  entity?: string;
  category?: string;
  metric?: string;
}

export interface Ready {
  ready: true;
  number: number;
  cell: Cell | null;
  title: string;
  as_of: string;
  limit: string;
  unit: string;
  baseline: string;
  metrics: Metric[];
  metric: string;
  variants: Variant[];
  base_breaches: number;
  totals: FigureRow[] | null;
  rows: Row[];
  count: number;
  of: number;
  view: View;
}

export type ImpactState = { ready: false } | Ready;

export interface Rule {
  after: string;
  rule: string;
  what: string;
  reason: string;
  evidence: string;
  effective: string | null;
  expiry: string | null;
  approved_by: string;
  approved_at: string | null;
}

export interface TableAnswer {
  columns: string[];
  rows: (string | number | boolean | null)[][];
}

/** A ratio in percent without its sign, with more digits where rounding would hide a breach. */
export function ratioText(value: string | null, limit?: string): string {
  if (value === null) return "undefined";
  const exact = shifted(value, 2);
  const below = limit !== undefined && Number(value) < Number(limit);
  for (let digits = 1; digits < 6; digits++) {
    const text = rounded(exact, digits);
    if (limit === undefined || Number(text) < 100 * Number(limit) === below) return grouped(text);
  }
  return grouped(exact);
}

/** An amount: cents only where they matter. */
export function amountText(value: string | null): string {
  if (value === null) return "–";
  return figure(value, Math.abs(Number(value)) >= 1000 || Number.isInteger(Number(value)) ? 0 : 2);
}

export function valueText(value: string | null, ratio: boolean, limit?: string): string {
  return ratio ? ratioText(value, limit) : amountText(value);
}

/** A change as the head says: percentage points, percent, or an amount. `=` is none. */
export function changeText(value: string | null, ratio: boolean, relative: boolean, same: boolean): string {
  if (same) return "=";
  if (value === null) return "–";
  if (ratio || relative) return change(value, 1);
  return change(value, Math.abs(Number(value)) >= 1000 || Number.isInteger(Number(value)) ? 0 : 2);
}

/** All digits, for the hint of a cell. */
export function exactly(value: string | null, ratio: boolean, unit: string): string {
  if (value === null) return "undefined";
  const text = value.includes(".") ? value.replace(/0+$/, "").replace(/\.$/, "") : value;
  return ratio ? `${grouped(shifted(text, 2))} %` : `${grouped(text)}${unit ? ` ${unit}` : ""}`;
}

const STEPS = [1, 3, 10, 30];

/** The class of colour for a change in percent or percentage points: five strengths, for worse or for better. */
export function tone(points: number | null, burden: boolean): string {
  if (!points) return "";
  const strength = 1 + STEPS.filter((step) => Math.abs(points) >= step).length;
  return `lq-${points < 0 !== burden ? "down" : "up"}${strength}`;
}

/** A change as the colours count it: amounts in percent of what they are against. */
export function moved(cell: Shown, base: Base, ratio: boolean, relative: boolean): number | null {
  if (!cell || cell[1] === null) return null;
  const size = Number(cell[1]);
  if (ratio || relative) return size;
  const before = Math.abs(Number(base[0] ?? 0));
  return before ? (100 * size) / before : size && Math.sign(size) * 100;
}

export function metricOf(state: Ready, name: string | undefined): Metric {
  return state.metrics.find((each) => each.name === name) ?? state.metrics.find((each) => each.name === state.metric)!;
}

export function variantTitle(state: Ready, name: string | undefined): string {
  const found = state.variants.find((each) => each.name === name);
  return found ? `${found.scenario} after ${found.point}` : state.baseline;
}

/** With a capital at its beginning; what has capitals already stays. */
export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Sections of which more makes the ratio worse. */
export const BURDENS: readonly string[] = ["OUTFLOW", "RSF"];

export const SECTIONS: Record<string, string> = {
  L1: "Level 1 assets",
  L2A: "Level 2A assets",
  L2B: "Level 2B assets",
  OUTFLOW: "Outflows",
  INFLOW: "Inflows",
  ASF: "Available stable funding",
  RSF: "Required stable funding",
};
