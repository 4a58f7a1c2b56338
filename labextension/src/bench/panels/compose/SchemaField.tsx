// One parameter of an operator as a field, by its type in the operator's model.
import { Button } from "../../parts/Button";
import { Chips, Combo } from "../../parts/Completion";
import { AreaField, CheckField, Field, NumberField, SelectField, TextField } from "../../parts/Field";
import { ExpressionField } from "./ExpressionField";
import { ListField } from "./ListField";
import { MapField } from "./MapField";
import { useOffers } from "./offers";
import type { Path, Schema } from "./model";
import { begun, fits, optional, plain, words } from "./schema";

export interface SchemaFieldProps {
  name: string;
  schema: Schema;
  root: Schema;
  required: boolean;
  value: unknown;
  /** Where it stands in the operator's parameters. */
  path: Path;
  /** What stands beside it. */
  beside: Record<string, unknown>;
  wrong: Map<string, string>;
  /** The fields that stand before it in a list of calculated ones. */
  earlier?: readonly string[];
  bare?: boolean;
}

/** How a form's fields change their operator: one value at a time, the rest stays as it is. */
export function useChange(path: Path) {
  const { written } = useOffers();
  return {
    set: (value: unknown, deeper: Path = []) => written.set([...path, ...deeper], value),
    unset: () => written.unset(path),
  };
}

export function SchemaField(props: SchemaFieldProps) {
  const { name, root, required, value, path, beside, wrong, bare } = props;
  const offers = useOffers();
  const change = useChange(path);
  const schema = plain(props.schema, root);
  const field = {
    label: words(name),
    help: props.schema.description,
    optional: !required && optional(props.schema),
    wrong: wrong.get(path.join(".")),
    bare,
  };
  const text = value === undefined || value === null ? "" : String(value);
  const done = (typed: string) => (typed.trim() ? change.set(typed) : change.unset());
  const byDefault = schema.default === undefined || schema.default === null ? undefined : String(schema.default);

  if (schema.anyOf || schema.oneOf) return <VariantField {...props} schema={schema} />;
  if (schema.enum)
    return (
      <SelectField
        {...field}
        value={text || (byDefault ?? "")}
        empty={byDefault === undefined ? "" : undefined}
        options={schema.enum.map((each) => ({ value: String(each) }))}
        onDone={(chosen) => (chosen ? change.set(schema.enum!.find((each) => String(each) === chosen)) : change.unset())}
      />
    );
  if (schema.type === "boolean") return <CheckField {...field} value={Boolean(value ?? schema.default)} onDone={change.set} />;
  if (schema.type === "integer" || schema.type === "number")
    return (
      <NumberField
        {...field}
        optional={!required}
        value={text}
        placeholder={byDefault}
        whole={schema.type === "integer"}
        lowest={schema.minimum}
        highest={schema.maximum}
        onDone={(typed) => (typed.trim() ? change.set(Number(typed)) : change.unset())}
      />
    );
  if (schema.type === "string") {
    const offered = schema["x-offers"];
    if (offered === "expression")
      return <ExpressionField {...field} value={text} place={lastPlace(path)} earlier={props.earlier ?? []} onDone={done} />;
    if (offered === "query") return <AreaField {...field} mono value={text} onDone={done} />;
    if (schema.format === "date") return <TextField {...field} type="date" value={text} onDone={done} />;
    const isSource = "format" in (root.$defs?.["Source"]?.properties ?? {}) && name === "name" && "format" in beside;
    const list = offers.of(isSource ? "source names" : offered, beside);
    if (isSource) field.label = PLACES[String(beside["format"])] ?? field.label;
    if (offered || isSource) return <Combo {...field} value={text} offers={list} placeholder={byDefault} onDone={done} />;
    return <TextField {...field} value={text} placeholder={byDefault} onDone={done} />;
  }
  if (schema.type === "array") {
    if (schema.prefixItems) return <PairField {...props} schema={schema} />;
    const items = plain(schema.items ?? {}, root);
    if (items.enum) return <SeveralField {...props} schema={schema} items={items} />;
    if (items.type === "string") {
      const values = Array.isArray(value) ? (value as string[]) : [];
      return (
        <Chips
          {...field}
          optional={!required}
          values={values}
          offers={offers.of(items["x-offers"], beside)}
          placeholder={Array.isArray(schema.default) && schema.default.length ? schema.default.join(", ") : "add …"}
          onDone={(names) => (names.length ? change.set(names) : change.unset())}
        />
      );
    }
    return <ListField {...props} schema={schema} />;
  }
  if (schema.properties) return <ObjectField {...props} />;
  if (schema.type === "object") return <MapField {...props} schema={schema} />;
  return <AnyField {...props} />;
}

/** What the name of a source is the name of. */
const PLACES: Record<string, string> = {
  table: "Table",
  frame: "Frame",
  parameters: "Parameter set",
  classification: "Classification",
};

function lastPlace(path: Path): number {
  return path.reduce<number>((found, step) => (typeof step === "number" ? step : found), 0);
}

/** An object with fields of its own; one that may be left out is added first. */
export function ObjectField(props: SchemaFieldProps) {
  const { name, root, required, value, path } = props;
  const change = useChange(path);
  const schema = plain(props.schema, root);
  if (value === undefined || value === null) {
    if (!required && optional(props.schema))
      return (
        <div className="lq-field">
          <span className="lq-label">
            {words(name)} <span className="lq-quiet">optional</span>
          </span>
          <div>
            <Button icon="add" onClick={() => change.set(begun(schema, root))}>
              Add {words(name).toLowerCase()}
            </Button>
          </div>
          {props.schema.description && <small className="lq-quiet">{props.schema.description}</small>}
        </div>
      );
  }
  const wrong = props.wrong.get(path.join("."));
  return (
    <fieldset className="lq-group">
      <legend>
        {words(name)}
        {!required && optional(props.schema) && value != null && (
          <Button look="link" onClick={() => change.unset()}>
            Remove
          </Button>
        )}
      </legend>
      {wrong && <small className="lq-bad">{wrong}</small>}
      <ObjectFields {...props} schema={schema} />
    </fieldset>
  );
}

export function ObjectFields(props: SchemaFieldProps) {
  const { root, path, wrong, earlier } = props;
  const schema = plain(props.schema, root);
  const value = (typeof props.value === "object" && props.value !== null ? props.value : {}) as Record<string, unknown>;
  return (
    <>
      {Object.entries(schema.properties ?? {})
        .filter(([name]) => applies(name, value))
        .map(([name, own]) => (
          <SchemaField
            key={name}
            name={name}
            schema={own}
            root={root}
            required={schema.required?.includes(name) ?? false}
            value={value[name]}
            path={[...path, name]}
            beside={value}
            wrong={wrong}
            {...(earlier ? { earlier } : {})}
          />
        ))}
    </>
  );
}

/** Fields that go only with some choice are not shown with another: a csv's delimiter, a path. */
function applies(name: string, value: Record<string, unknown>): boolean {
  if (value[name] !== undefined && value[name] !== null) return true;
  const format = value["format"];
  const files = format === "parquet" || format === "csv" || format === "json";
  if ("format" in value || name === "format") {
    if (name === "delimiter") return format === "csv";
    if (name === "path" || name === "identity") return files;
    if (name === "name") return !files;
  }
  if ("function" in value && name === "scale") return value["function"] === "avg";
  if ("cardinality" in value && name === "extra_key") return value["cardinality"] === "one_to_many";
  if (name === "extra_key") return false;
  if (name === "defaults") return value["on_missing"] === "default";
  if (name === "choose") return value["type"] === "date";
  return true;
}

/** One of several forms, such as a condition or a group of them. */
function VariantField(props: SchemaFieldProps) {
  const { name, root, required, value, path, wrong } = props;
  const change = useChange(path);
  const schema = plain(props.schema, root);
  const variants = (schema.oneOf ?? schema.anyOf ?? []).map((each) => plain(each, root));
  const now = variants.findIndex((each) => fits(value, each, root));
  const at = now < 0 ? 0 : now;
  const own = variants[at]!;
  const labels = variants.map((each) => (each.enum ? "a choice" : words(splitWords(each.title ?? each.type ?? ""))));
  return (
    <fieldset className="lq-group">
      <legend>{words(name)}</legend>
      <SelectField
        label="Kind"
        bare
        value={String(at)}
        options={labels.map((label, place) => ({ value: String(place), label }))}
        onDone={(chosen) => {
          const wanted = variants[Number(chosen)]!;
          if (wanted.enum) change.set(wanted.enum[0]);
          else change.set(begun(wanted, root));
        }}
      />
      {own.properties ? (
        <ObjectFields {...props} schema={own} />
      ) : (
        <SchemaField {...props} name={name} schema={{ ...own, default: schema.default }} required={required} wrong={wrong} bare />
      )}
    </fieldset>
  );
}

/** `AnyOf` is read as "any of". */
function splitWords(title: string): string {
  return title.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}

/** Some of a few choices. */
function SeveralField(props: SchemaFieldProps & { items: Schema }) {
  const { name, schema, items, value, path } = props;
  const change = useChange(path);
  const chosen = (Array.isArray(value) ? value : ((schema.default as unknown[] | undefined) ?? [])) as unknown[];
  return (
    <fieldset className="lq-group">
      <legend>{words(name)}</legend>
      {schema.description && <small className="lq-quiet">{schema.description}</small>}
      {items.enum!.map((each) => (
        <CheckField
          key={String(each)}
          label={String(each)}
          value={chosen.includes(each)}
          onDone={(on) => change.set(items.enum!.filter((other) => (other === each ? on : chosen.includes(other))))}
        />
      ))}
    </fieldset>
  );
}

/** Two values that belong together, such as a first and a last date. */
function PairField(props: SchemaFieldProps) {
  const { name, root, value, path } = props;
  const change = useChange(path);
  const schema = plain(props.schema, root);
  const now = (Array.isArray(value) ? value : schema.default) as string[];
  return (
    <fieldset className="lq-group">
      <legend>{words(name)}</legend>
      {schema.description && <small className="lq-quiet">{schema.description}</small>}
      <div className="lq-pair">
        {schema.prefixItems!.map((item, place) => (
          <TextField
            key={place}
            label={place ? "To" : "From"}
            type={plain(item, root).format === "date" ? "date" : "text"}
            value={String(now[place] ?? "")}
            onDone={(typed) => change.set(now.map((each, at) => (at === place ? typed : each)))}
          />
        ))}
      </div>
    </fieldset>
  );
}

/** A value of any kind, by how it is written: 12.5 is a figure, true a truth, a, b two of a list. */
function AnyField(props: SchemaFieldProps) {
  const { name, required, value, path, beside, wrong } = props;
  const change = useChange(path);
  const several = ["in", "not in", "between"].includes(String(beside["operator"]));
  if (["is null", "is not null"].includes(String(beside["operator"]))) return null;
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return (
      <Field label={words(name)} help="written as JSON">
        {(wiring) => <textarea {...wiring} readOnly value={JSON.stringify(value)} />}
      </Field>
    );
  const text = Array.isArray(value) ? value.map(String).join(", ") : value === undefined || value === null ? "" : String(value);
  const read = (typed: string) => (several ? typed.split(",").map((each) => read1(each.trim())).filter((each) => each !== "") : read1(typed.trim()));
  return (
    <TextField
      label={words(name)}
      optional={!required}
      help={several ? (beside["operator"] === "between" ? "two values, with a comma between" : "several, with commas between") : props.schema.description}
      wrong={wrong.get(path.join("."))}
      value={text}
      onDone={(typed) => (typed.trim() ? change.set(read(typed)) : change.unset())}
    />
  );
}

function read1(text: string): unknown {
  if (/^-?(0|[1-9]\d{0,14})(\.\d{1,12})?$/.test(text)) return Number(text);
  if (text === "true" || text === "false") return text === "true";
  return text;
}
