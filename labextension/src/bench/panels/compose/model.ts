// What the kernel tells of the DAG.
import type { Fault } from "../../kernel";

export interface OperatorState {
  id: string;
  kind: string;
  /** Which kind of step it is, for its colour: source, row, group, table, adjust. */
  family: string;
  parameters: Record<string, unknown>;
  description: string;
  checkpoint: boolean;
  fields: { name: string; type: string }[];
  keys: string[];
}

export interface ComposeState {
  operators: OperatorState[];
  edges: [string, string][];
  places: Record<string, [number, number]>;
  faults: (Fault & { operator: string })[];
  checking: boolean;
}

export interface Kind {
  kind: string;
  family: string;
  help: string;
  fewest: number;
  most: number | null;
  schema: Schema;
}

/** The part of JSON Schema that pydantic writes for operators. */
export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  pattern?: string;
  maximum?: number;
  minimum?: number;
  $ref?: string;
  $defs?: Record<string, Schema>;
}
