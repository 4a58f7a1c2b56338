// What a rule changes in the rows: a field, a change and a value, in their order.
import { Button, IconButton } from "../../parts/Button";
import { Combo } from "../../parts/Completion";
import { SelectField } from "../../parts/Field";
import { text, type Change, type FieldState } from "./model";
import { useRows } from "./rows";
import { useValues } from "./ValueField";

const OPERATIONS = [
  { value: "set", label: "set to" },
  { value: "multiply", label: "multiply by" },
  { value: "percent", label: "change by percent" },
  { value: "add", label: "add" },
  { value: "subtract", label: "subtract" },
  { value: "cap", label: "at most" },
  { value: "floor", label: "at least" },
];

const PLACEHOLDERS: Record<string, string> = { multiply: "factor", percent: "+5 or -5" };

interface Props {
  changes: readonly Change[];
  fields: readonly FieldState[];
  place: string | null;
  onChange: (changes: Change[]) => void;
}

export function Changes({ changes, fields, place, onChange }: Props) {
  const { root, added, removed } = useRows(changes.length);
  const put = (at: number, change: Change | undefined) => {
    if (!change) removed();
    onChange(changes.flatMap((each, n) => (n === at ? (change ? [change] : []) : [each])));
  };
  return (
    <div className="lq-conditions" ref={root}>
      {changes.map((change, n) => (
        <div key={n} className="lq-condition-line">
          <span className="lq-quiet lq-word">{n ? "then" : "change"}</span>
          <Row change={change} fields={fields} place={place} onChange={(own) => put(n, own)} />
        </div>
      ))}
      <div className="lq-condition-add">
        <Button
          look="quiet"
          icon="add"
          onClick={() => {
            added();
            onChange([...changes, { field: "", operation: "multiply", value: "" }]);
          }}
        >
          Change
        </Button>
      </div>
    </div>
  );
}

function Row({ change, fields, place, onChange }: { change: Change; fields: readonly FieldState[]; place: string | null; onChange: (change: Change | undefined) => void }) {
  const isText = fields.find(({ name }) => name === change.field)?.type === "string";
  const { offers } = useValues(place, isText && change.operation === "set" ? change.field! : "", fields);
  const choices = isText ? OPERATIONS.filter(({ value }) => value === "set" || value === change.operation) : OPERATIONS;
  return (
    <div className="lq-condition">
      <Combo
        label="Field to change"
        bare
        value={change.field ?? ""}
        offers={fields.filter(({ key }) => !key).map(({ name, type }) => ({ value: name, hint: type }))}
        placeholder="field"
        onDone={(field) => onChange({ ...change, field })}
      />
      <SelectField label="Change" bare value={change.operation} options={choices} onDone={(operation) => onChange({ ...change, operation })} />
      <Combo label="By" bare value={text(change.value)} offers={offers} placeholder={PLACEHOLDERS[change.operation] ?? "value"} onDone={(value) => onChange({ ...change, value })} />
      <IconButton icon="close" label={`Remove the change of ${change.field || "nothing yet"}`} onClick={() => onChange(undefined)} />
    </div>
  );
}
