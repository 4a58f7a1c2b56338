// The form of one operator, made from its model: one field per parameter.
import { useEffect, useState } from "react";

import { useScreen } from "../../context";
import { FaultText } from "../../parts/FaultText";
import { SchemaField } from "./SchemaField";
import type { ComposeState, Kind, OperatorState } from "./model";

export function OperatorForm(props: { state: ComposeState; operator: OperatorState; kind: Kind | undefined }) {
  const { state, operator, kind } = props;
  const { act, select } = useScreen();
  const fed = state.edges.filter(([, to]) => to === operator.id).map(([source]) => source);
  const known = new Map(state.operators.map((each) => [each.id, each]));
  const columns = [...new Set(fed.flatMap((id) => known.get(id)?.fields.map(({ name }) => name) ?? []))];
  const others = state.operators
    .map(({ id }) => id)
    .filter((id) => id !== operator.id && !fed.includes(id));
  const faults = state.faults.filter((fault) => fault.operator === operator.id);
  const configure = (fields: Record<string, unknown>) =>
    void act("compose.configure", { operator: operator.id, fields });
  return (
    <form className="lq-form" onSubmit={(event) => event.preventDefault()} aria-label={`Operator ${operator.id}`}>
      <h2>{operator.kind}</h2>
      <p className="lq-quiet">{kind?.help}</p>
      {faults.map((fault, n) => (
        <p key={n} className="lq-alert">
          <FaultText fault={fault} />
        </p>
      ))}
      <Text
        label="Name"
        value={operator.id}
        onDone={(name) => name !== operator.id && void act("compose.rename", { old: operator.id, new: name })}
      />
      <fieldset>
        <legend>Fed by</legend>
        <ol>
          {fed.map((source, n) => (
            <li key={source}>
              <button type="button" className="lq-link" onClick={() => select({ kind: "operator", id: source })}>
                {source}
              </button>
              {n > 0 && (
                <button
                  type="button"
                  aria-label={`${source} before ${fed[n - 1]}`}
                  title="One place up"
                  onClick={() => {
                    const inputs = [...fed];
                    [inputs[n - 1], inputs[n]] = [inputs[n]!, inputs[n - 1]!];
                    void act("compose.reorder", { to: operator.id, inputs });
                  }}
                >
                  ↑
                </button>
              )}
              <button
                type="button"
                title="Put an adjustment between"
                onClick={() => void act("compose.inject", { source, to: operator.id })}
              >
                adjust
              </button>
              <button
                type="button"
                aria-label={`Disconnect ${source}`}
                title="Disconnect"
                onClick={() => void act("compose.disconnect", { source, to: operator.id })}
              >
                ×
              </button>
            </li>
          ))}
        </ol>
        {(kind?.most === null || fed.length < (kind?.most ?? 0)) && others.length > 0 && (
          <select
            aria-label="Connect another operator"
            value=""
            onChange={(event) => void act("compose.connect", { source: event.target.value, to: operator.id })}
          >
            <option value="">connect …</option>
            {others.map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        )}
      </fieldset>
      {Object.entries(kind?.schema.properties ?? {}).map(([name, schema]) => (
        <SchemaField
          key={`${operator.id}.${name}`}
          name={name}
          schema={schema}
          root={kind!.schema}
          required={kind!.schema.required?.includes(name) ?? false}
          columns={columns}
          value={operator.parameters[name]}
          onDone={(value) => {
            const { [name]: _, ...rest } = operator.parameters;
            configure({ parameters: value === undefined ? rest : { ...rest, [name]: value } });
          }}
        />
      ))}
      <Text
        label="Description"
        value={operator.description}
        onDone={(description) => description !== operator.description && configure({ description })}
      />
      <label className="lq-check">
        <input
          type="checkbox"
          checked={operator.checkpoint}
          onChange={(event) => configure({ checkpoint: event.target.checked })}
        />{" "}
        Always store its output
      </label>
      <div className="lq-buttons">
        <button type="button" onClick={() => void act("compose.remove", { operators: [operator.id] })}>
          Remove
        </button>
      </div>
      {operator.fields.length > 0 && (
        <details>
          <summary>{operator.fields.length} fields come out</summary>
          <table className="lq-fields">
            <tbody>
              {operator.fields.map(({ name, type }) => (
                <tr key={name}>
                  <td>
                    {name}
                    {operator.keys.includes(name) && <span className="lq-quiet"> key</span>}
                  </td>
                  <td className="lq-quiet">{type}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </form>
  );
}

/** A text that is told when she is done with it: by Enter or by leaving it. */
export function Text(props: {
  label: string;
  value: string;
  help?: string | undefined;
  list?: string | undefined;
  onDone: (value: string) => void;
}) {
  const [text, setText] = useState(props.value);
  useEffect(() => setText(props.value), [props.value]);
  return (
    <label className="lq-field">
      <span>{props.label}</span>
      <input
        value={text}
        list={props.list}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => props.onDone(text)}
        onKeyDown={(event) => event.key === "Enter" && props.onDone(text)}
      />
      {props.help && <small className="lq-quiet">{props.help}</small>}
    </label>
  );
}
