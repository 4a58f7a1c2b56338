// The details of what is no single operator: an edge, several operators, the calculation itself.
import { useState } from "react";

import { useScreen } from "../../context";
import { Button } from "../../parts/Button";
import { AreaField, TextField } from "../../parts/Field";
import type { ComposeState } from "./model";

export function EdgeForm({ source, to }: { source: string; to: string }) {
  const { act, select } = useScreen();
  return (
    <section className="lq-form" aria-label="Connection">
      <h2>Connection</h2>
      <p>
        <Button look="link" onClick={() => select({ kind: "operator", id: source })}>
          {source}
        </Button>{" "}
        feeds{" "}
        <Button look="link" onClick={() => select({ kind: "operator", id: to })}>
          {to}
        </Button>
      </p>
      <div className="lq-form-actions">
        <Button icon="adjust" onClick={() => void act("compose.inject", { source, to })}>
          Put an adjustment between
        </Button>
        <Button look="danger" icon="remove" onClick={() => void act("compose.disconnect", { source, to }).then(() => select({}))}>
          Disconnect
        </Button>
      </div>
    </section>
  );
}

export function SeveralForm(props: { ids: readonly string[]; onCopy: () => void; onTemplate: () => void }) {
  const { ids, onCopy, onTemplate } = props;
  const { act, select } = useScreen();
  return (
    <section className="lq-form" aria-label="Selected operators">
      <h2>{ids.length} operators</h2>
      <ul className="lq-list">
        {ids.map((id) => (
          <li key={id}>
            <Button look="link" onClick={() => select({ kind: "operator", id })}>
              {id}
            </Button>
          </li>
        ))}
      </ul>
      <div className="lq-form-actions">
        <Button icon="copy" onClick={onCopy}>
          Copy
        </Button>
        <Button icon="save" onClick={onTemplate}>
          Keep as a template
        </Button>
        <Button look="danger" icon="remove" onClick={() => void act("compose.remove", { operators: [...ids] })}>
          Remove
        </Button>
      </div>
    </section>
  );
}

export function CalculationForm({ state }: { state: ComposeState }) {
  const { act } = useScreen();
  const [name, setName] = useState<string>();
  const count = (family: string) => state.operators.filter((each) => each.family === family).length;
  return (
    <section className="lq-form" aria-label="Calculation">
      <h2>{state.name}</h2>
      <p className="lq-quiet">
        {state.operators.length === 1 ? "1 operator" : `${state.operators.length} operators`}
        {count("source") > 0 && `, ${count("source") === 1 ? "1 source" : `${count("source")} sources`}`}
        {count("adjust") > 0 && `, ${count("adjust") === 1 ? "1 adjustment" : `${count("adjust")} adjustments`}`}
      </p>
      <TextField
        label="Name"
        value={state.name}
        wrong={name === "" ? "a name is needed" : undefined}
        onDone={(typed) => {
          setName(typed.trim());
          if (typed.trim()) void act("compose.describe", { name: typed, description: state.description });
        }}
      />
      <AreaField
        label="Description"
        optional
        value={state.description}
        onDone={(description) => void act("compose.describe", { name: state.name, description })}
      />
      <p className="lq-quiet">
        Files are read from <span className="lq-path">{state.folder}</span>
      </p>
      {state.operators.length > 0 && (
        <p className="lq-quiet">Choose an operator to see and change what it does; choose a connection to put an adjustment on it.</p>
      )}
    </section>
  );
}
