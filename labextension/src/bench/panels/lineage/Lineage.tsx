// Lineage: a number back to its deals, a deal forwards to its numbers.
import { useState } from "react";

import type { Step } from "..";
import { useScreen, useStateOf } from "../../context";
import { Button } from "../../parts/Button";
import { Empty, Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { SelectField } from "../../parts/Field";
import { Splitter, useSize } from "../../parts/Splitter";
import { useAnswer } from "../../parts/answers";
import { DealDetails } from "./DealDetails";
import { Path } from "./Path";
import { StageParts } from "./StageParts";
import { keyText, type LineageState, type Target, type Trail } from "./model";

function Main() {
  const state = useStateOf<LineageState>("lineage");
  const { setStep } = useScreen();
  if (!state) return null;
  if (!state.ready || !state.target)
    return (
      <Empty title="Nothing is traced yet">
        <p>Any number can be walked back: through the steps that made it to its deals, the rules that touched them, the weights with their paragraphs. And any deal forwards to the numbers that it feeds.</p>
        <p>{state.ready ? "Choose a cell of one entity in the impact table, or a deal behind it." : "Run the calculation first; then choose a number of its result."}</p>
        <Button look="primary" onClick={() => setStep("impact")}>
          Go to Impact
        </Button>
      </Empty>
    );
  return <Traced key={JSON.stringify(state.target)} target={state.target} runs={state.runs} ratio={state.ratio} />;
}

function Traced({ target, runs, ratio }: { target: Target; runs: string[]; ratio: string }) {
  const { act } = useScreen();
  const height = useSize(320, 120, 640);
  const number = useAnswer<Trail>("lineage.trace", target.kind === "number" ? { variant: target.variant, entity: target.entity, category: target.category } : undefined);
  const deal = useAnswer<Trail>("lineage.ahead", target.kind === "deal" ? { variant: target.variant, key: target.key } : undefined);
  const { answer, fault } = target.kind === "number" ? number : deal;
  const onRun = (name: string) => {
    const variant = name === "baseline" ? "" : name;
    if (target.kind === "deal") return void act("lineage.follow", { variant, key: target.key });
    return void act("bench.select", { selection: { ...target, kind: "cell", id: `${variant} ${target.entity}`, variant } });
  };
  return (
    <div className="lq-lineage">
      <div className="lq-bar">
        <h2 className="lq-cut">{target.kind === "number" ? `${target.category || ratio} of ${target.entity}` : `Deal ${keyText(target.key)}`}</h2>
        <SelectField
          label="in the run of"
          value={target.variant || "baseline"}
          options={[{ value: "baseline", label: "the baseline" }, ...runs.map((value) => ({ value }))]}
          onDone={onRun}
        />
        <span className="lq-space" />
        {target.kind === "deal" && (
          <Button look="quiet" icon="left" onClick={() => void act("lineage.follow")}>
            Back to the number
          </Button>
        )}
        {target.kind === "number" && target.category && (
          <Button look="quiet" onClick={() => void act("bench.select", { selection: { kind: "cell", id: target.entity, variant: target.variant, entity: target.entity } })}>
            Trace the whole ratio
          </Button>
        )}
      </div>
      {fault && (
        <p className="lq-note lq-bad">
          <FaultText fault={fault} />
        </p>
      )}
      {!answer && !fault && (
        <div className="lq-room">
          <Waiting what={target.kind === "number" ? "Walking the number back to its deals" : "Following the deal to its numbers"} />
        </div>
      )}
      {answer && (
        <>
          <div className="lq-trail-frame">
            <Path trail={answer} />
          </div>
          <Splitter label="Height of the rows" size={height} along="height" />
          <section className="lq-under" style={{ height: height.size }} aria-label="At the chosen step">
            <StageParts target={target} trail={answer} />
          </section>
        </>
      )}
    </div>
  );
}

function Details() {
  const state = useStateOf<LineageState>("lineage");
  const { selection } = useScreen();
  const [open, setOpen] = useState(true);
  if (!state?.ready || !state.target) return <p className="lq-quiet">A chosen deal is explained here.</p>;
  const { target } = state;
  const key = selection.kind === "deal" && selection.key ? selection.key : target.kind === "deal" ? target.key : undefined;
  if (key) return <DealDetails variant={target.variant} dealKey={key} followed={target.kind === "deal" && keyText(target.key) === keyText(key)} />;
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>How to read this</summary>
      <p>Each box is a step of the calculation with how many of its rows this number follows from. Choose a box to see these rows below, and a row of deals to see what it is and what it feeds.</p>
      <p>“All of them may count” stands where a step works on whole tables, so that single rows can't be told apart.</p>
    </details>
  );
}

export const lineage: Step = { name: "lineage", title: "Lineage", Main, Details };
