// The dry run: what would be written, by which way, with which sums; nothing was.
import { useState } from "react";

import { useAsk } from "../../parts/answers";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { figure } from "../../parts/numbers";
import { Table, type Column } from "../../parts/Table";
import type { DryRun } from "./model";

const ROWS: Column<DryRun["rows"][number]>[] = [
  { name: "table", title: "Table", value: (row) => row.table },
  { name: "rows", title: "Rows", figures: true, value: (row) => row.rows },
  { name: "way", title: "Way", value: (row) => row.way },
];
const SUMS: Column<DryRun["sums"][number]>[] = [
  { name: "column", title: "Column", value: (row) => row.column },
  { name: "sum", title: "Sum", figures: true, value: (row) => row.sum, show: (row) => figure(row.sum) },
];

export function Rehearsal({ dry, approval }: { dry: DryRun; approval: string }) {
  return (
    <section className="lq-desk-section" aria-label="Dry run">
      <h2>Dry run for {dry.target}</h2>
      <p className="lq-quiet">The approval holds and nothing was written. Published, exactly this would be: the baseline and the variant together.</p>
      <div className="lq-desk-columns">
        <section className="lq-desk-section">
          <h3>Tables and rows</h3>
          <div className="lq-scroll">
            <Table label="Rows by table" columns={ROWS} rows={dry.rows} id={(row) => row.table} empty="No row." />
          </div>
        </section>
        <section className="lq-desk-section">
          <h3>Control sums, which the warehouse must have too</h3>
          <div className="lq-scroll">
            <Table label="Control sums" columns={SUMS} rows={dry.sums} id={(row) => row.column} empty="No sum." />
          </div>
        </section>
      </div>
      <Statements dry={dry} approval={approval} />
    </section>
  );
}

function Statements({ dry, approval }: { dry: DryRun; approval: string }) {
  const [open, setOpen] = useState(false);
  const { answer, fault, ask } = useAsk<string[]>("publishing.statements");
  return (
    <details
      open={open}
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
        if (event.currentTarget.open) void ask({ approval, target: dry.target });
      }}
    >
      <summary>{figure(dry.statements)} statements, as the warehouse would get them</summary>
      {fault && <FaultText fault={fault} />}
      {open && !answer && !fault && <Waiting what="Reading the statements" />}
      {open && answer && (
        <pre className="lq-desk-statements" tabIndex={0} aria-label="Statements">
          {answer.map((each) => `${each};`).join("\n\n")}
        </pre>
      )}
    </details>
  );
}
