// What was published, the newest first; and whether the log of it all is whole.
import { useScreen } from "../../context";
import { useAsk } from "../../parts/answers";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { figure } from "../../parts/numbers";
import { Table, type Column } from "../../parts/Table";
import { short, type HistoryState, type Publication } from "./model";
import { State } from "./states";
import { StoryPart } from "./Story";

const COLUMNS: Column<Publication>[] = [
  { name: "at", title: "Published", value: (row) => row.at, show: (row) => <Two first={row.at} second={`by ${row.by}`} /> },
  { name: "state", title: "How it stands", value: (row) => (row.withdrawn ? "withdrawn" : "published"), show: (row) => <State state={row.withdrawn ? "withdrawn" : "published"} /> },
  { name: "variant", title: "Variant", value: (row) => row.variant, show: (row) => <Two first={row.variant} second={short(row.id)} hint={row.id} /> },
  { name: "target", title: "Warehouse", value: (row) => row.target, show: (row) => <span title={row.place}>{row.target}</span> },
  { name: "author", title: "Author", value: (row) => row.author },
  { name: "approver", title: "Approver", value: (row) => row.approver },
];

function Two({ first, second, hint }: { first: string; second: string; hint?: string }) {
  return (
    <>
      {first}
      <small className="lq-quiet" title={hint}>
        {second}
      </small>
    </>
  );
}

export function History({ state }: { state: HistoryState }) {
  const { select } = useScreen();
  const opened = state.rows.find(({ id }) => id === state.opened);
  return (
    <div className="lq-desk-paper">
      <AuditLog key={`${state.count} ${state.rows.filter(({ withdrawn }) => withdrawn).length}`} />
      {state.rows.length ? (
        <>
          <h3>
            {state.count === 1 ? "1 publication" : `${figure(state.count)} publications`}
            {state.count > state.rows.length && `; shown are the newest ${figure(state.rows.length)}`}
          </h3>
          <div className="lq-scroll lq-desk-list">
            <Table label="Publications" columns={COLUMNS} rows={state.rows} id={(row) => row.id} chosen={state.opened} onChoose={(row) => select({ kind: "publication", id: row.id })} />
          </div>
          {opened && <StoryPart key={`${opened.id} ${opened.withdrawn?.at}`} publication={opened} />}
        </>
      ) : (
        <Empty title="Nothing was published yet">
          <p>Every publication stands here with its author, approver and publisher, also when it is withdrawn. Open an approved submission in the inbox to publish it.</p>
        </Empty>
      )}
    </div>
  );
}

function AuditLog() {
  const { answer, fault, busy, ask } = useAsk<{ number: number; hash: string }>("history.verify");
  return (
    <div className="lq-desk-line" role="group" aria-label="Audit log">
      <Button busy={busy} onClick={() => void ask()}>
        Verify the audit log
      </Button>
      <span role="status">
        {answer && !busy && (
          <span className="lq-good">
            It is whole: {figure(answer.number)} entries, the last with the hash <code title={answer.hash}>{short(answer.hash)}</code>
          </span>
        )}
      </span>
      {fault && (
        <span className="lq-bad" role="alert">
          <FaultText fault={fault} />
        </span>
      )}
      {!answer && !fault && !busy && <span className="lq-quiet">Checks every entry against the one before, the approvals and the records.</span>}
    </div>
  );
}
