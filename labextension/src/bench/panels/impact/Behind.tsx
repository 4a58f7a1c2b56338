// Behind a cell: the deals that moved, what each rule did, and what other numbers would do.
import { useState } from "react";

import { useScreen } from "../../context";
import { Tabs } from "../../parts/Tabs";
import { Deals } from "./Deals";
import { RuleShares } from "./RuleShares";
import { WhatIf } from "./WhatIf";
import { metricOf, variantTitle, type Cell, type Ready } from "./model";

const TABS = [
  { name: "deals", title: "Deals that moved" },
  { name: "rules", title: "Rule by rule" },
  { name: "whatif", title: "What if" },
];

export function Behind({ state, cell }: { state: Ready; cell: Cell }) {
  const { bench } = useScreen();
  const [tab, setTab] = useState(kept);
  const variant = state.variants.find((each) => each.name === cell.variant);
  const panel = `${bench.name}-behind`;
  if (!variant)
    return (
      <p className="lq-under-hint lq-quiet">
        This is the figure that the scenarios are held against: {state.baseline === "Baseline" ? "the baseline's" : `that of ${state.baseline}`}. Choose a cell of a scenario to see what moved it, or trace this number to
        its deals.
      </p>
    );
  const metric = metricOf(state, cell.metric);
  const asked = { variant: variant.name, metric: metric.name, entity: cell.entity ?? "" };
  return (
    <>
      <div className="lq-under-head">
        <Tabs
          label="Behind the cell"
          tabs={TABS}
          current={tab}
          controls={panel}
          onChoose={(name) => {
            kept = name;
            setTab(name);
          }}
        />
        <span className="lq-quiet lq-cut" title={where(state, cell)}>
          {where(state, cell)}
        </span>
      </div>
      <div className="lq-under-body" id={panel} role="tabpanel" aria-label={TABS.find(({ name }) => name === tab)?.title ?? ""}>
        {state.view.against && tab !== "deals" && (
          <p className="lq-note">
            The table holds the scenarios against {variantTitle(state, state.view.against)}. Here it is the figure of {variantTitle(state, variant.name)} itself, {tab === "rules" ? "from the baseline on, rule after rule" : "whatever it is held against"}.
          </p>
        )}
        {tab === "deals" && <Deals state={state} variant={variant.name} entity={asked.entity} category={cell.category ?? ""} />}
        {tab === "rules" && <RuleShares state={state} metric={metric} {...{ variant: asked.variant, entity: asked.entity }} />}
        {tab === "whatif" && <WhatIf state={state} metric={metric} {...{ variant: asked.variant, entity: asked.entity }} />}
      </div>
    </>
  );
}

// The tab stays from cell to cell.
let kept = "deals";

function where(state: Ready, cell: Cell): string {
  return [cell.entity || "All entities", cell.category, variantTitle(state, cell.variant)].filter(Boolean).join(" · ");
}
