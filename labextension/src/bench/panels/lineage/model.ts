// What the kernel tells of a trail.
import type { Rule, TableAnswer } from "../impact/model";

export interface NumberTarget {
  kind: "number";
  variant: string;
  entity: string;
  category: string;
}

export interface DealTarget {
  kind: "deal";
  variant: string;
  key: Record<string, unknown>;
}

export type Target = NumberTarget | DealTarget;

export type LineageState = { ready: false } | { ready: true; runs: string[]; ratio: string; target: Target | null };

export interface Stage {
  operator: string;
  type: string;
  family: string;
  description: string;
  rows: number;
  of: number | null;
  exact: boolean;
  inputs: string[];
  fields: string[];
  filtered_out?: number;
}

export interface Trail {
  table: string;
  stages: Stage[];
}

export interface Deal {
  fields: Record<string, string | number | boolean | null>;
  history: TableAnswer;
  why: TableAnswer | null;
}

export type TouchingRule = Rule & { operator: string; rows: number };

export interface Parameter {
  section: string;
  category: string;
  description: string;
  weight: string | null;
  paragraph: string;
  amount: string;
}

export interface Page extends TableAnswer {
  keys: string[];
  offset: number;
}

export function keyText(key: Record<string, unknown>): string {
  return Object.values(key).map(String).join(" · ");
}
