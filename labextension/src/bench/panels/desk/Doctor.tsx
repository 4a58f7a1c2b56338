// Whether a warehouse is fit to be published to: checked without changing it.
import { useAsk } from "../../parts/answers";
import { Button } from "../../parts/Button";
import { FaultText } from "../../parts/FaultText";
import { Table, type Column } from "../../parts/Table";
import type { Check } from "./model";

const COLUMNS: Column<Check>[] = [
  { name: "ok", title: "", sortable: false, value: (row) => row.ok, show: (row) => <span className={`lq-state lq-state-${row.ok ? "good" : "bad"}`}>{row.ok ? "well" : "not well"}</span> },
  { name: "name", title: "Checked", value: (row) => row.name },
  { name: "what", title: "Found", value: (row) => row.what, show: (row) => <span className="lq-desk-wrap">{row.what}</span> },
  { name: "hint", title: "What to do", value: (row) => row.hint, show: (row) => <span className="lq-desk-wrap">{row.hint || "–"}</span> },
];

export function Doctor({ target }: { target: string }) {
  const { answer, fault, busy, ask } = useAsk<Check[]>("publishing.doctor");
  const ill = answer?.filter(({ ok }) => !ok).length;
  return (
    <section className="lq-desk-section" aria-label="Examination of the warehouse">
      <div className="lq-desk-line">
        <h3>{answer ? (ill ? `${target}: ${ill} of ${answer.length} checks failed` : `${target} is well`) : `Is ${target} fit to be published to?`}</h3>
        <Button busy={busy} onClick={() => void ask({ target })}>
          {answer ? "Examine again" : "Examine it"}
        </Button>
      </div>
      {fault && <FaultText fault={fault} />}
      {answer && (
        <div className="lq-scroll">
          <Table label="Checks of the warehouse" columns={COLUMNS} rows={answer} id={(row, n) => `${row.name} ${n}`} />
        </div>
      )}
    </section>
  );
}
