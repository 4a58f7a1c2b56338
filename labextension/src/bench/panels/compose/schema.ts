// Reading an operator's JSON schema: what a value may be, in words and as a first one to fill in.
import type { Schema } from "./model";

/** The schema without its reference, and without the alternative of nothing. */
export function plain(schema: Schema, root: Schema): Schema {
  if (schema.$ref) {
    const { $ref, ...own } = schema;
    const named = root.$defs?.[$ref.replace("#/$defs/", "")] ?? {};
    return plain({ ...named, ...own }, root);
  }
  const some = schema.anyOf?.filter((each) => each.type !== "null");
  if (some?.length === 1) {
    const { anyOf: _, ...own } = schema;
    return plain({ ...plain(some[0]!, root), ...own }, root);
  }
  if (some && some.length < schema.anyOf!.length) return { ...schema, anyOf: some };
  if (schema.const !== undefined && !schema.enum) return { ...schema, enum: [schema.const] };
  return schema;
}

export function optional(schema: Schema): boolean {
  return schema.anyOf?.some((each) => each.type === "null") ?? false;
}

/** `group_by` is read as "Group by". */
export function words(name: string): string {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The first sentence of a text, without its marks. */
export function sentence(text: string | undefined): string | undefined {
  return text?.split(/\n\n|\.\s/)[0]?.replace(/``/g, "").replace(/\s+/g, " ").replace(/\.$/, "");
}

/** What a new entry begins as: what it must have, empty. */
export function begun(schema: Schema, root: Schema): unknown {
  const own = plain(schema, root);
  if (own.oneOf) return begun(own.oneOf[0]!, root);
  if (own.type === "object" || own.properties) return {};
  if (own.type === "array") return [];
  if (own.type === "boolean") return false;
  return "";
}

/** What an entry of a list is called: by its name, or the first text in it. */
export function titled(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value ?? "");
  const own = value as Record<string, unknown>;
  for (const name of ["name", "rule_id", "field"]) if (typeof own[name] === "string" && own[name]) return own[name];
  if ("any" in own) return "any of";
  if ("all" in own) return "all of";
  return "";
}

/** Whether a value has the form of an alternative, for choosing the one it is of. */
export function fits(value: unknown, schema: Schema, root: Schema): boolean {
  const own = plain(schema, root);
  if (own.enum) return own.enum.includes(value);
  if (own.properties)
    return (
      typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).every((name) => name in own.properties!)
    );
  return typeof value === own.type;
}

/** What is wrong with single parameters, by their path: "expressions.0.name: is missing; …". */
export function wrongAt(
  faults: readonly { what: string; kind: string; where?: string | null }[],
  parameters: Record<string, unknown>,
): Map<string, string> {
  const found = new Map<string, string>();
  const tell = (at: string, what: string) => {
    if (!found.has(at)) found.set(at, what);
  };
  for (const { what, kind, where } of faults) {
    const entry = /(?:^|, )field '(\w+)'/.exec(where ?? "")?.[1];
    const at = entry !== undefined && pathOfEntry(entry, parameters);
    if (at) tell(at, what);
    if (kind !== "OperatorParameterError") continue;
    for (const part of what.split("; ")) {
      const match = /^([a-z_]+(?:\.\w+)*): (.+)$/.exec(part);
      if (match) tell(match[1]!, match[2]!);
    }
  }
  return found;
}

/** Where the expression stands that makes a field. */
function pathOfEntry(name: string, parameters: Record<string, unknown>): string | undefined {
  for (const [list, entries] of Object.entries(parameters)) {
    if (!Array.isArray(entries)) continue;
    const place = entries.findIndex((entry) => typeof entry === "object" && entry?.name === name && "expression" in entry);
    if (place >= 0) return `${list}.${place}.expression`;
  }
  return undefined;
}
