// Approve and publish: the inbox, and what may be done with the submission that is open.
import { useEffect } from "react";

import type { Step } from "..";
import { useScreen, useStateOf } from "../../context";
import { Button } from "../../parts/Button";
import { Empty, Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { AreaField, TextField } from "../../parts/Field";
import { Table } from "../../parts/Table";
import type { DeskState, Line, Refusal } from "./model";

const COLUMNS = [
  { name: "state", title: "State", value: (row: Line) => row.state },
  { name: "variant", title: "Variant", value: (row: Line) => row.variant },
  { name: "author", title: "Author", value: (row: Line) => row.author },
  { name: "at", title: "Submitted", value: (row: Line) => row.at },
  { name: "reason", title: "Reason", value: (row: Line) => row.reason },
];

function Main() {
  const state = useStateOf<DeskState>("desk");
  const { act, select } = useScreen();
  useEffect(() => void act("desk.refresh"), [act]);
  if (state?.problem) return <FaultText fault={state.problem} />;
  if (!state?.read) return <Waiting what="Reading the submissions" />;
  if (!state.inbox.length)
    return (
      <Empty title="Nothing was submitted yet">
        <p>What is put forward stands here until somebody else has approved or rejected it.</p>
      </Empty>
    );
  return (
    <Table
      label="Submissions"
      columns={COLUMNS}
      rows={state.inbox}
      id={(row) => row.id}
      chosen={state.opened?.id}
      onChoose={(row) => select({ kind: "submission", id: row.id })}
    />
  );
}

function Refusals({ found }: { found: Refusal[] }) {
  return found.map((each, n) => (
    <p key={n} className="lq-note lq-warn">
      <FaultText fault={each} /> {each.who && <span className="lq-quiet">Who can change it: {each.who}</span>}
    </p>
  ));
}

function Details() {
  const state = useStateOf<DeskState>("desk");
  const { act } = useScreen();
  if (!state) return null;
  const { who, opened } = state;
  const form = `decide ${opened?.id}`;
  const comment = state.forms[form]?.comment ?? "";
  return (
    <>
      {who.provider === "explicit" ? (
        <TextField label="You act as" value={who.person} onDone={(person) => void act("desk.act_as", { person })} />
      ) : (
        <p>You act as {who.person}</p>
      )}
      {!opened && <p className="lq-quiet">Choose a submission to decide on it.</p>}
      {opened?.rejection && (
        <p className="lq-note lq-bad">
          Rejected by {opened.rejection.by}, {opened.rejection.at}: {opened.rejection.comment}
        </p>
      )}
      {opened?.state === "submitted" && (
        <>
          <Refusals found={opened.approve} />
          <AreaField
            label="Comment"
            value={comment}
            onDone={(text) => void act("desk.write", { form, fields: { comment: text } })}
          />
          <div className="lq-buttons">
            <Button
              look="danger"
              disabled={opened.reject.length > 0}
              onClick={() => void act("desk.reject", { submission: opened.id, comment })}
            >
              Reject
            </Button>
            <Button
              look="primary"
              disabled={opened.approve.length > 0}
              onClick={() => void act("desk.approve", { submission: opened.id, comment })}
            >
              Approve
            </Button>
          </div>
        </>
      )}
    </>
  );
}

export const desk: Step = { name: "desk", title: "Approve & publish", Main, Details };
