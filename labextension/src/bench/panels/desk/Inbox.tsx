// The inbox: what waits for a decision first, then what was decided.
import { useScreen } from "../../context";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { figure } from "../../parts/numbers";
import { Table, type Column } from "../../parts/Table";
import type { DeskState, Line } from "./model";
import { State, stateWords } from "./states";

const COLUMNS: Column<Line>[] = [
  { name: "state", title: "How it stands", value: (row) => stateWords(row.state), show: (row) => <State state={row.state} /> },
  { name: "variant", title: "Variant", value: (row) => row.variant },
  { name: "author", title: "Author", value: (row) => row.author },
  { name: "at", title: "Submitted", value: (row) => row.at },
  { name: "reason", title: "Reason", value: (row) => row.reason },
];

export function Inbox({ state }: { state: DeskState }) {
  const { act, select } = useScreen();
  if (!state.inbox.length)
    return (
      <Empty title="Nothing was submitted yet">
        <p>What is put forward stands here until somebody else than its author has approved it, or sent it back with a comment.</p>
        <Button look="primary" onClick={() => void act("desk.look", { view: "submit" })}>
          Go to Submit
        </Button>
      </Empty>
    );
  return (
    <div className="lq-desk-paper">
      <div className="lq-desk-line">
        <h3>
          {state.waiting === 0 ? "Nothing waits for a decision" : state.waiting === 1 ? "1 submission waits for a decision" : `${figure(state.waiting)} submissions wait for a decision`}
          {state.count > state.inbox.length && `; shown are the newest ${figure(state.inbox.length)} of ${figure(state.count)}`}
        </h3>
        <span className="lq-space" />
        <Button look="quiet" icon="redo" onClick={() => void act("desk.refresh")}>
          Read again
        </Button>
      </div>
      <div className="lq-scroll lq-desk-list">
        <Table label="Submissions" columns={COLUMNS} rows={state.inbox} id={(row) => row.id} onChoose={(row) => select({ kind: "submission", id: row.id })} />
      </div>
    </div>
  );
}
