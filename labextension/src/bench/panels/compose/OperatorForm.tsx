// The form of one operator, made from its model: what feeds it, one field per parameter.
import { useMemo } from "react";

import { useScreen } from "../../context";
import { Button, IconButton } from "../../parts/Button";
import { CheckField, SelectField, TextField } from "../../parts/Field";
import { FaultText } from "../../parts/FaultText";
import { SchemaField } from "./SchemaField";
import type { ComposeState, Kind, OperatorState } from "./model";
import { OffersProvider } from "./offers";
import { wrongAt } from "./schema";
import { useWritten } from "./written";

interface Props {
  state: ComposeState;
  operator: OperatorState;
  kind: Kind | undefined;
  onLook: () => void;
  onRunTo: () => void;
}

export function OperatorForm({ state, operator, kind, onLook, onRunTo }: Props) {
  const { act } = useScreen();
  const faults = useMemo(
    () => state.faults.filter((fault) => fault.operator === operator.id),
    [state.faults, operator.id],
  );
  const written = useWritten(operator);
  const { parameters } = written;
  const wrong = useMemo(() => wrongAt(faults, parameters), [faults, parameters]);
  // What is told at a field isn't told again above; what belongs to no field is.
  const properties = Object.entries(kind?.schema.properties ?? {});
  const above = faults.filter((fault) => {
    const places = [...wrongAt([fault], parameters).keys()];
    return !places.length || !places.every((at) => properties.some(([name]) => at.split(".")[0] === name));
  });
  return (
    <form
      className={`lq-form lq-family-${operator.family}`}
      onSubmit={(event) => event.preventDefault()}
      aria-label={`Operator ${operator.id}`}
    >
      <header className="lq-form-head">
        <h2>{operator.id}</h2>
        <span className="lq-kind">{operator.kind}</span>
      </header>
      {kind && (
        <details className="lq-about">
          <summary>{plainText(kind.help)}</summary>
          <p>{plainText(kind.about)}</p>
        </details>
      )}
      {above.map((fault, n) => (
        <p key={n} className="lq-note lq-bad">
          <FaultText fault={fault} />
        </p>
      ))}
      <div className="lq-form-actions">
        <Button icon="eye" onClick={onLook}>
          Look at its data
        </Button>
        <Button icon="run" onClick={onRunTo}>
          Run to here
        </Button>
      </div>
      <TextField
        label="Name"
        value={operator.id}
        check={(text) => (/^[A-Za-z][A-Za-z0-9_]{0,79}$/.test(text) ? undefined : "letters, digits and _, a letter first")}
        onDone={(name) => void act("compose.rename", { old: operator.id, new: name })}
      />
      <FedBy state={state} operator={operator} kind={kind} />
      <OffersProvider state={state} operator={operator} written={written}>
        {properties.map(([name, schema]) => (
          <SchemaField
            key={name}
            name={name}
            schema={schema}
            root={kind!.schema}
            required={kind!.schema.required?.includes(name) ?? false}
            value={parameters[name]}
            path={[name]}
            beside={parameters}
            wrong={wrong}
          />
        ))}
      </OffersProvider>
      <TextField
        label="Description"
        optional
        value={operator.description}
        onDone={(description) => void act("compose.configure", { operator: operator.id, fields: { description } })}
      />
      <CheckField
        label="Always store its output"
        help="a run then begins here when something behind it changes"
        value={operator.checkpoint}
        onDone={(checkpoint) => void act("compose.configure", { operator: operator.id, fields: { checkpoint } })}
      />
      <Fields state={state} operator={operator} />
      <div className="lq-buttons">
        <Button look="danger" icon="remove" onClick={() => void act("compose.remove", { operators: [operator.id] })}>
          Remove
        </Button>
      </div>
    </form>
  );
}

function plainText(text: string): string {
  return text.replace(/``/g, "");
}

function FedBy({ state, operator, kind }: { state: ComposeState; operator: OperatorState; kind: Kind | undefined }) {
  const { act, select } = useScreen();
  const fed = state.edges.filter(([, to]) => to === operator.id).map(([source]) => source);
  const others = state.operators.map(({ id }) => id).filter((id) => id !== operator.id && !fed.includes(id));
  const most = kind?.most ?? null;
  if (kind?.most === 0) return null;
  return (
    <fieldset className="lq-group">
      <legend>Fed by</legend>
      <ol className="lq-fed">
        {fed.map((source, n) => (
          <li key={source}>
            <Button look="link" onClick={() => select({ kind: "operator", id: source })}>
              {source}
            </Button>
            {n === 0 && fed.length > 1 && <span className="lq-quiet">main input</span>}
            <span className="lq-space" />
            {n > 0 && (
              <IconButton
                icon="up"
                label={`${source} before ${fed[n - 1]}`}
                onClick={() => {
                  const inputs = [...fed];
                  [inputs[n - 1], inputs[n]] = [inputs[n]!, inputs[n - 1]!];
                  void act("compose.reorder", { to: operator.id, inputs });
                }}
              />
            )}
            <IconButton
              icon="adjust"
              label={`Put an adjustment between ${source} and ${operator.id}`}
              onClick={() => void act("compose.inject", { source, to: operator.id })}
            />
            <IconButton
              icon="close"
              label={`Disconnect ${source}`}
              onClick={() => void act("compose.disconnect", { source, to: operator.id })}
            />
          </li>
        ))}
      </ol>
      {(most === null || fed.length < most) && others.length > 0 && (
        <SelectField
          bare
          label="Connect another operator"
          value=""
          empty={fed.length ? "Connect another …" : "Connect an operator …"}
          options={others.map((value) => ({ value }))}
          onDone={(source) => source && void act("compose.connect", { source, to: operator.id })}
        />
      )}
    </fieldset>
  );
}

function Fields({ state, operator }: { state: ComposeState; operator: OperatorState }) {
  const known = state.known?.operator === operator.id ? state.known : undefined;
  if (!known?.fields.length) return null;
  return (
    <details>
      <summary>{known.fields.length} fields come out</summary>
      <table className="lq-fields">
        <tbody>
          {known.fields.map(({ name, type }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{known.keys.includes(name) && <span className="lq-badge">key</span>}</td>
              <td className="lq-quiet">{type}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
