// Condition rows: a field, a comparison and a value; groups of which any or all must hold.
import { IconButton, Button } from "../../parts/Button";
import { Combo } from "../../parts/Completion";
import { SelectField } from "../../parts/Field";
import { isGroup, type Comparison, type FieldState, type Group, type Node } from "./model";
import { useRows } from "./rows";
import { ConditionValue, useValues } from "./ValueField";

const WORDS: [string, string][] = [
  ["=", "is"],
  ["!=", "is not"],
  ["in", "is one of"],
  ["not in", "is none of"],
  [">=", "is at least"],
  [">", "is more than"],
  ["<=", "is at most"],
  ["<", "is less than"],
  ["between", "is between"],
  ["starts with", "starts with"],
  ["contains", "contains"],
  ["is null", "is empty"],
  ["is not null", "is not empty"],
];
const OPTIONS = WORDS.map(([value, label]) => ({ value, label }));
const TEXT_ONLY = ["starts with", "contains"];
const ORDERED = [">=", ">", "<=", "<", "between"];

/** The comparisons that make sense for a type; the one in use stays. */
function comparisons(type: string | undefined, used: string) {
  const isText = type === undefined || type === "string";
  return OPTIONS.filter(({ value }) => value === used || (isText ? !ORDERED.includes(value) : !TEXT_ONLY.includes(value)));
}

interface Props {
  nodes: readonly Node[];
  fields: readonly FieldState[];
  place: string | null;
  word: "and" | "or";
  depth?: number;
  onChange: (nodes: Node[]) => void;
}

const blank = (): Comparison => ({ field: "", operator: "=", value: "" });

export function Conditions({ nodes, fields, place, word, depth = 0, onChange }: Props) {
  const { root, added, removed } = useRows(nodes.length);
  const put = (at: number, node: Node | undefined) => {
    if (!node) removed();
    onChange(nodes.flatMap((each, n) => (n === at ? (node ? [node] : []) : [each])));
  };
  const add = (node: Node) => {
    added();
    onChange([...nodes, node]);
  };
  return (
    <div className="lq-conditions" ref={root}>
      {nodes.map((node, n) => (
        <div key={n} className="lq-condition-line">
          <span className="lq-quiet lq-word">{n ? word : "where"}</span>
          {isGroup(node) ? (
            <GroupRow group={node} fields={fields} place={place} depth={depth + 1} onChange={(own) => put(n, own)} />
          ) : (
            <Row node={node} fields={fields} place={place} onChange={(own) => put(n, own)} />
          )}
        </div>
      ))}
      <div className="lq-condition-add">
        <Button look="quiet" icon="add" onClick={() => add(blank())}>
          Condition
        </Button>
        {depth < 2 && (
          <Button look="quiet" icon="add" onClick={() => add({ any: [blank(), blank()] })}>
            Alternatives
          </Button>
        )}
      </div>
    </div>
  );
}

function GroupRow(props: { group: Group; fields: readonly FieldState[]; place: string | null; depth: number; onChange: (node: Node | undefined) => void }) {
  const { group, onChange } = props;
  const any = "any" in group;
  const nodes = group.any ?? group.all ?? [];
  const told = (own: Node[]) => (own.length ? onChange(any ? { any: own } : { all: own }) : onChange(undefined));
  return (
    <fieldset className="lq-condition-group">
      <legend className="lq-hidden">{any ? "Any of these" : "All of these"}</legend>
      <header>
        <SelectField
          label="How many must hold"
          bare
          value={any ? "any" : "all"}
          options={[
            { value: "any", label: "any of these" },
            { value: "all", label: "all of these" },
          ]}
          onDone={(word) => onChange(word === "any" ? { any: nodes } : { all: nodes })}
        />
        <IconButton icon="remove" label="Remove these conditions" onClick={() => onChange(undefined)} />
      </header>
      <Conditions {...props} nodes={nodes} word={any ? "or" : "and"} onChange={told} />
    </fieldset>
  );
}

function Row({ node, fields, place, onChange }: { node: Comparison; fields: readonly FieldState[]; place: string | null; onChange: (node: Node | undefined) => void }) {
  const field = node.field ?? "";
  const { offers, help } = useValues(place, field, fields);
  const type = fields.find(({ name }) => name === field)?.type;
  return (
    <div className="lq-condition">
      <Combo
        label="Field"
        bare
        value={field}
        offers={fields.map(({ name, type: kind }) => ({ value: name, hint: kind }))}
        placeholder="field"
        onDone={(name) => onChange({ ...node, field: name })}
      />
      <SelectField label="Comparison" bare value={node.operator} options={comparisons(type, node.operator)} onDone={(operator) => onChange(compared(node, operator))} />
      <ConditionValue operator={node.operator} value={node.value} offers={offers} onDone={(value) => onChange({ ...node, value })} />
      <IconButton icon="close" label={`Remove the condition on ${field || "nothing yet"}`} onClick={() => onChange(undefined)} />
      {help && <small className="lq-quiet lq-condition-help">{help}</small>}
    </div>
  );
}

/** The row with another comparison; what was typed is kept where it fits. */
function compared(node: Comparison, operator: string): Comparison {
  const first = Array.isArray(node.value) ? node.value[0] : node.value;
  if (operator.endsWith("null")) return { ...(node.field && { field: node.field }), operator };
  if (operator === "in" || operator === "not in") return { ...node, operator, value: Array.isArray(node.value) ? node.value : first ? [first] : [] };
  if (operator === "between") return { ...node, operator, value: [first ?? "", ""] };
  return { ...node, operator, value: first ?? "" };
}
