// One parameter of an operator as a field: by its type in the model, its columns from the data.
import { useEffect, useId, useState } from "react";

import { Text } from "./OperatorForm";
import type { Schema } from "./model";

interface Props {
  name: string;
  schema: Schema;
  root: Schema;
  required: boolean;
  columns: string[];
  value: unknown;
  onDone: (value: unknown) => void;
}

export function SchemaField(props: Props) {
  const { name, root, required, columns, value, onDone } = props;
  const list = useId();
  const schema = plain(props.schema, root);
  const label = `${name.replaceAll("_", " ")}${required ? "" : " (optional)"}`;
  const help = schema.description ?? props.schema.description;
  if (schema.enum)
    return (
      <label className="lq-field">
        <span>{label}</span>
        <select
          value={String(value ?? schema.default ?? "")}
          onChange={(event) => onDone(schema.enum!.find((each) => String(each) === event.target.value))}
        >
          {value === undefined && schema.default === undefined && <option value="" />}
          {schema.enum.map((each) => (
            <option key={String(each)}>{String(each)}</option>
          ))}
        </select>
        {help && <small className="lq-quiet">{help}</small>}
      </label>
    );
  if (schema.type === "boolean")
    return (
      <label className="lq-check">
        <input
          type="checkbox"
          checked={Boolean(value ?? schema.default)}
          onChange={(event) => onDone(event.target.checked)}
        />{" "}
        {label}
      </label>
    );
  if (schema.type === "string")
    return (
      <>
        <Text
          label={label}
          help={help}
          list={list}
          value={String(value ?? schema.default ?? "")}
          onDone={(text) => text !== String(value ?? schema.default ?? "") && onDone(text || undefined)}
        />
        <Columns id={list} columns={columns} />
      </>
    );
  if (schema.type === "array" && plain(schema.items ?? {}, root).type === "string") {
    const now = Array.isArray(value) ? value.join(", ") : "";
    return (
      <>
        <Text
          label={label}
          help={help ?? "several, with commas between"}
          list={list}
          value={now}
          onDone={(text) => {
            const names = text.split(",").map((each) => each.trim()).filter(Boolean);
            if (names.join(", ") !== now) onDone(names.length ? names : undefined);
          }}
        />
        <Columns id={list} columns={columns} />
      </>
    );
  }
  return <JsonField label={label} help={help} value={value} onDone={onDone} />;
}

function Columns({ id, columns }: { id: string; columns: string[] }) {
  return (
    <datalist id={id}>
      {columns.map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}

/** What has no field of its own yet: as JSON, checked before it is told. */
function JsonField(props: {
  label: string;
  help?: string | undefined;
  value: unknown;
  onDone: (value: unknown) => void;
}) {
  const written = props.value === undefined ? "" : JSON.stringify(props.value, null, 2);
  const [text, setText] = useState(written);
  const [wrong, setWrong] = useState("");
  useEffect(() => setText(written), [written]);
  const done = () => {
    if (text === written) return;
    try {
      props.onDone(text.trim() ? JSON.parse(text) : undefined);
      setWrong("");
    } catch (error) {
      setWrong(`This is no JSON: ${(error as Error).message}`);
    }
  };
  return (
    <label className="lq-field">
      <span>{props.label}</span>
      <textarea
        rows={Math.min(12, text.split("\n").length + 1)}
        value={text}
        aria-invalid={Boolean(wrong)}
        onChange={(event) => setText(event.target.value)}
        onBlur={done}
      />
      {wrong && <small className="lq-alert">{wrong}</small>}
      {props.help && <small className="lq-quiet">{props.help}</small>}
    </label>
  );
}

/** The schema without its reference, and without the alternative of nothing. */
function plain(schema: Schema, root: Schema): Schema {
  if (schema.$ref) {
    const named = root.$defs?.[schema.$ref.replace("#/$defs/", "")];
    return named ? plain(named, root) : {};
  }
  const some = schema.anyOf?.filter((each) => each.type !== "null");
  if (some?.length === 1) return { ...plain(some[0]!, root), ...omit(schema) };
  return schema;
}

function omit({ anyOf: _, ...rest }: Schema): Schema {
  return rest;
}
