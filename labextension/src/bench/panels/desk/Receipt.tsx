// The receipt of a publication: its id, what was added, and how it went.
import { useScreen } from "../../context";
import { Button } from "../../parts/Button";
import { figure } from "../../parts/numbers";
import { Table, type Column } from "../../parts/Table";
import type { Receipt } from "./model";

const ROWS: Column<Receipt["rows"][number]>[] = [
  { name: "table", title: "Table", value: (row) => row.table },
  { name: "rows", title: "Rows added", figures: true, value: (row) => row.rows },
];

export function ReceiptPart({ receipt }: { receipt: Receipt }) {
  const { act, select } = useScreen();
  const story = async () => {
    select({ kind: "publication", id: receipt.id });
    await act("desk.look", { view: "history" });
  };
  return (
    <section className="lq-desk-section lq-desk-receipt" aria-label="Receipt">
      <h2 className="lq-good">{receipt.new ? `Published to ${receipt.target}` : `It was in ${receipt.target} before: nothing changed`}</h2>
      <dl className="lq-desk-facts">
        <dt>Publication</dt>
        <dd>
          <code>{receipt.id}</code>
        </dd>
        {receipt.new && (
          <>
            <dt>Took</dt>
            <dd>
              {figure(receipt.seconds)} s, {figure(receipt.speed)} rows a second{receipt.tries > 1 && `, in ${receipt.tries} tries`}
            </dd>
            {receipt.way && (
              <>
                <dt>Way</dt>
                <dd>{receipt.way}</dd>
              </>
            )}
          </>
        )}
      </dl>
      {receipt.warnings.map((warning) => (
        <p key={warning} className="lq-note lq-warn">
          {warning}
        </p>
      ))}
      {receipt.new && (
        <div className="lq-scroll">
          <Table label="Rows added" columns={ROWS} rows={receipt.rows} id={(row) => row.table} empty="No row was new." />
        </div>
      )}
      <div className="lq-buttons lq-left">
        <Button look="link" onClick={() => void story()}>
          How it came to be
        </Button>
      </div>
    </section>
  );
}
