// Below the canvas: the data at the chosen operator, and what is wrong with the calculation.
import { useId } from "react";

import { useSelected, useStateOf } from "../../context";
import { Button, IconButton } from "../../parts/Button";
import { FaultText } from "../../parts/FaultText";
import { Splitter, useSize } from "../../parts/Splitter";
import { Tabs } from "../../parts/Tabs";
import type { RunState } from "../run/model";
import { DataView } from "./DataView";
import type { ComposeState } from "./model";

export type DrawerTab = "data" | "faults" | undefined;

export function Drawer(props: {
  state: ComposeState;
  tab: DrawerTab;
  setTab: (tab: DrawerTab) => void;
  onRunTo: (id: string) => void;
  onFault: (id: string) => void;
}) {
  const { state, tab, setTab, onRunTo, onFault } = props;
  const id = useId();
  const size = useSize(250, 120, 620);
  const chosen = useSelected("operator");
  const run = useStateOf<RunState>("run");
  const faults = state.faults.length;
  return (
    <>
      {tab && <Splitter label="Height of the data" size={size} along="height" />}
      <section className="lq-drawer" aria-label="Data and faults">
        <div className="lq-bar">
          <Tabs
            label="Below the canvas"
            current={tab ?? ""}
            controls={id}
            onChoose={(name) => setTab(name as DrawerTab)}
            tabs={[
              { name: "data", title: "Data" },
              {
                name: "faults",
                title: (
                  <>
                    Faults{faults > 0 && <span className="lq-badge lq-bad">{faults}</span>}
                  </>
                ),
              },
            ]}
          />
          <span className="lq-space" />
          <Verdict state={state} />
          <IconButton icon={tab ? "down" : "up"} label={tab ? "Close" : "Open"} onClick={() => setTab(tab ? undefined : "data")} />
        </div>
        <div id={id} role="tabpanel" aria-label={tab === "faults" ? "Faults" : "Data"} hidden={!tab} style={{ height: size.size }}>
          {tab === "data" && (
            <DataView
              operator={chosen.length === 1 ? chosen[0] : undefined}
              version={version(state, run?.history ?? 0)}
              onRunTo={onRunTo}
              running={run?.going ?? false}
            />
          )}
          {tab === "faults" && <FaultList state={state} onFault={onFault} />}
        </div>
      </section>
    </>
  );
}

/** Changes when the data may have: the parameters, the edges, what was run. */
function version(state: ComposeState, ran: number): string {
  return JSON.stringify([state.operators.map(({ id, parameters }) => [id, parameters]), state.edges, ran]);
}

function Verdict({ state }: { state: ComposeState }) {
  if (!state.operators.length) return null;
  if (state.checking) return <span className="lq-quiet">checking …</span>;
  if (!state.faults.length) return <span className="lq-good">✓ ready to run</span>;
  return <span className="lq-bad">{state.faults.length === 1 ? "1 fault" : `${state.faults.length} faults`}</span>;
}

function FaultList({ state, onFault }: { state: ComposeState; onFault: (id: string) => void }) {
  if (!state.faults.length)
    return <p className="lq-pad lq-quiet">{state.checking ? "Being checked …" : "Nothing is wrong: the calculation is ready to run."}</p>;
  return (
    <ul className="lq-fault-list">
      {state.faults.map((fault, n) => (
        <li key={n}>
          {fault.operator ? (
            <Button look="link" onClick={() => onFault(fault.operator)}>
              {fault.operator}
            </Button>
          ) : (
            <b>whole</b>
          )}
          <FaultText fault={fault} />
        </li>
      ))}
    </ul>
  );
}
