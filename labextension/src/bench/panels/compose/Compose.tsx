// Compose: palette, canvas, and the form of what is selected.
import type { Step } from "..";
import { useScreen, useStateOf } from "../../context";
import { FaultText } from "../../parts/FaultText";
import { useMemo } from "react";

import { useFocus } from "../../parts/graph/focus";
import { Canvas } from "./Canvas";
import { OperatorForm } from "./OperatorForm";
import { Palette, usePalette } from "./Palette";
import type { ComposeState } from "./model";

function Main() {
  const state = useStateOf<ComposeState>("compose");
  const kinds = usePalette();
  const { act, select } = useScreen();
  const ids = useMemo(() => state?.operators.map(({ id }) => id) ?? [], [state?.operators]);
  const focus = useFocus(ids, state?.edges ?? []);
  if (!state) return null;
  return (
    <div className="lq-compose">
      <Palette kinds={kinds} />
      <div className="lq-canvas">
        {state.operators.length ? (
          <Canvas state={state} focus={focus} fit={0} onEnter={() => undefined} />
        ) : (
          <p className="lq-empty">This calculation is empty: add an ingest, which reads the deals.</p>
        )}
      </div>
      <div className="lq-below">
        <button onClick={() => void act("compose.arrange")}>Arrange</button>
        <span className="lq-space" />
        <Faults state={state} onJump={(id) => select({ kind: "operator", id })} />
      </div>
    </div>
  );
}

function Faults({ state, onJump }: { state: ComposeState; onJump: (id: string) => void }) {
  const count = state.faults.length;
  if (state.checking) return <span className="lq-quiet">checking …</span>;
  if (!count) return <span className="lq-good">✓ ready to run</span>;
  return (
    <details className="lq-fault-list">
      <summary>{count === 1 ? "1 fault" : `${count} faults`}</summary>
      <ul>
        {state.faults.map((fault, n) => (
          <li key={n}>
            {fault.operator && (
              <button className="lq-link" onClick={() => onJump(fault.operator)}>
                {fault.operator}
              </button>
            )}{" "}
            <FaultText fault={fault} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Details() {
  const state = useStateOf<ComposeState>("compose");
  const kinds = usePalette();
  const { bench } = useScreen();
  const { kind, id } = bench.selection;
  const operator = kind === "operator" ? state?.operators.find((each) => each.id === id) : undefined;
  if (!state || !operator)
    return <p className="lq-quiet">Choose an operator to see and change what it does.</p>;
  return (
    <OperatorForm state={state} operator={operator} kind={kinds.find((each) => each.kind === operator.kind)} />
  );
}

export const compose: Step = { name: "compose", title: "Compose", Main, Details };
