// Impact: the scenarios side by side, and below them what is behind the chosen cell.
import { useDeferredValue } from "react";

import type { Step } from "..";
import { useScreen, useStateOf } from "../../context";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { Splitter, useSize } from "../../parts/Splitter";
import { Behind } from "./Behind";
import { CellDetails } from "./CellDetails";
import { DealDetails } from "../lineage/DealDetails";
import { ImpactTable } from "./ImpactTable";
import { Toolbar } from "./Toolbar";
import "./impact.css";
import type { ImpactState } from "./model";

function Main() {
  const state = useStateOf<ImpactState>("impact");
  const height = useSize(270, 120, 640);
  const { setStep } = useScreen();
  if (!state) return null;
  if (!state.ready)
    return (
      <Empty title="Nothing to compare yet">
        <p>Here the scenarios stand side by side: every entity before and after, down to the deals that moved and the rules that moved them.</p>
        <p>Write or choose scenarios, then run them against the baseline.</p>
        <Button look="primary" onClick={() => setStep("scenarios")}>
          Go to Scenarios
        </Button>
      </Empty>
    );
  return (
    <div className="lq-impact-step">
      <Toolbar state={state} />
      <ImpactTable state={state} />
      {state.cell && (
        <>
          <Splitter label="Height of what is behind the cell" size={height} along="height" />
          <section className="lq-under" style={{ height: height.size }} aria-label="Behind the cell">
            <Behind key={JSON.stringify([state.number, state.view.against, state.cell.variant, state.cell.entity, state.cell.category])} state={state} cell={state.cell} />
          </section>
        </>
      )}
    </div>
  );
}

function Details() {
  const state = useStateOf<ImpactState>("impact");
  // What she clicked is marked at once, what is said of it follows.
  const selection = useDeferredValue(useScreen().selection);
  if (!state?.ready) return <p className="lq-quiet">A chosen cell is explained here.</p>;
  if (selection.kind === "deal" && selection.key)
    return <DealDetails variant={selection.variant ?? ""} dealKey={selection.key} />;
  if (!state.cell) return <p className="lq-quiet">Choose a cell: here is what it says, and below the table what is behind it.</p>;
  return <CellDetails state={state} cell={state.cell} />;
}

export const impact: Step = { name: "impact", title: "Impact", Main, Details };
