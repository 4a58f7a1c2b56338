// What the kernel tells of the scenarios.
import type { Fault, States } from "../../kernel";
import type { Work } from "../../parts/StatusLine";

export type Value = string | number | boolean | null | Value[];

/** While it is written, what is empty is left out. */
export interface Comparison {
  field?: string;
  operator: string;
  value?: Value;
}
export interface Group {
  any?: Node[];
  all?: Node[];
}
export type Node = Comparison | Group;

export function isGroup(node: Node): node is Group {
  return "any" in node || "all" in node;
}

export interface Change {
  field?: string;
  operation: string;
  value?: Value;
}

export interface Rule {
  rule_id: string;
  stage?: string;
  conditions?: Node[];
  adjustments?: Change[];
  effective_date?: string;
  expiry_date?: string;
  reason?: string;
  evidence?: string;
  approval?: { user: string; timestamp: string };
}

export interface RuleState {
  id: string;
  rule: Rule;
  words: string;
  skipped: string | null;
  approved: string | null;
  new: boolean;
  unfinished: Fault | null;
}

export interface ScenarioState {
  name: string;
  description: string;
  rules: RuleState[];
}

export interface FieldState {
  name: string;
  type: string;
  key: boolean;
}

export interface Match {
  at: string;
  rows: number;
  of: number;
  amount_field: string | null;
  amount: string | null;
  of_amount: string | null;
  /** What tells the amounts' currencies apart; of several there is a sum in each, and no other. */
  currency_field: string | null;
  currencies: { group: Value; rows: number; of: number; amount: string | null; of_amount: string | null }[];
  all_currencies: number;
  group_field: string | null;
  touched_groups: number;
  all_groups: number;
  /** The groups are what the ratio is calculated for. */
  by_entity: boolean;
  groups: { group: Value; rows: number; of: number; amount: string | null; of_amount: string | null }[];
  keys: string[];
  examples: { key: Value[]; group: Value; currency: string | null; amount: string | null; changes: Record<string, [Value, Value]> }[];
  skipped: string | null;
  amounts: string[];
  group_fields: string[];
  fault?: undefined;
}

export interface PlanVariant {
  name: string;
  scenario: string;
  point: string;
  strategy: string;
  how: string;
  words: string;
  steps: { operator: string; action: string; affected: number | null; of: number | null; why: string }[];
}

export interface PlanState {
  variants: PlanVariant[];
  seconds: number;
  why: string;
  fault?: undefined;
}

export interface ScenariosState {
  scenarios: ScenarioState[];
  points: string[];
  operators: string[];
  place: string | null;
  fields: FieldState[];
  match: Match | { fault: Fault } | null;
  matching: boolean;
  plan: PlanState | { fault: Fault } | null;
  plan_current: boolean;
  planning: boolean;
}

export interface Values {
  type: string;
  rows: number;
  nulls: number;
  distinct: number;
  lowest: string | null;
  highest: string | null;
  values: [Value, number][];
}

const BETWEEN = " / ";

export function ruleId(scenario: string, rule: string): string {
  return scenario + BETWEEN + rule;
}

/** The selected scenario and rule, by the names that there are. */
export function chosen(state: ScenariosState, selection: { kind?: string; id?: string }): [ScenarioState?, RuleState?] {
  const { kind, id = "" } = selection;
  if (kind !== "rule" && kind !== "scenario") return [];
  for (const scenario of state.scenarios) {
    if (kind === "scenario" && scenario.name === id) return [scenario];
    const rule = scenario.rules.find((each) => kind === "rule" && ruleId(scenario.name, each.id) === id);
    if (rule) return [scenario, rule];
  }
  return [];
}

/** What is worked out here, at the foot of every step. */
export function working(states: States): Work | undefined {
  const state = states["scenarios"] as ScenariosState | undefined;
  if (state?.planning) return { what: "Working the plan out", said: "the base is run first where it isn't stored", cancel: "scenarios.cancel_plan" };
  if (state?.matching) return { what: "Counting what the rule touches", said: `behind ${state.place}`, cancel: "scenarios.stop_looking" };
  return undefined;
}

export function text(value: Value | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

/** A rule in words, as a sentence. */
export function sentence(words: string): string {
  return words && `${words[0]!.toUpperCase()}${words.slice(1)}.`;
}
