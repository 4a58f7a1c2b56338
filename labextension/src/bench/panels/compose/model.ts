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
}

export interface FieldType {
  name: string;
  type: string;
}

/** The fields that go into and come out of the selected operator, as far as they are known. */
export interface Known {
  operator: string;
  inputs: { id: string; fields: FieldType[] }[];
  fields: FieldType[];
  keys: string[];
}

export interface ComposeState {
  name: string;
  description: string;
  folder: string;
  operators: OperatorState[];
  edges: [string, string][];
  places: Record<string, [number, number]>;
  faults: (Fault & { operator: string })[];
  checking: boolean;
  known: Known | null;
}

export interface Kind {
  kind: string;
  family: string;
  help: string;
  about: string;
  fewest: number;
  most: number | null;
  schema: Schema;
}

export interface Vocabulary {
  functions: { name: string; fewest: number; most: number | null }[];
  types: string[];
  "parameter sets": string[];
  classifications: string[];
}

export type Path = (string | number)[];

/** The part of JSON Schema that pydantic writes for operators. */
export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  prefixItems?: Schema[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  pattern?: string;
  maximum?: number;
  minimum?: number;
  $ref?: string;
  $defs?: Record<string, Schema>;
  "x-offers"?: string;
}
