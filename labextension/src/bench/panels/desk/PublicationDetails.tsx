// Beside the history: what can be done with a publication.
import { useScreen } from "../../context";
import { useAsk } from "../../parts/answers";
import { Button } from "../../parts/Button";
import { FaultText } from "../../parts/FaultText";
import { Save } from "./Approved";
import { FormArea, useForm } from "./form";
import { short, type DeskState, type Publication } from "./model";
import { Missing } from "./Refusals";

export function PublicationDetails({ state, publication }: { state: DeskState; publication: Publication }) {
  const { select, act } = useScreen();
  const { withdrawn } = publication;
  const open = async () => {
    select({ kind: "submission", id: publication.submission });
    await act("desk.look", { view: "inbox" });
  };
  return (
    <div className="lq-form">
      <h2 className="lq-desk-reason">{publication.variant}</h2>
      <p className="lq-quiet">
        Publication <code>{short(publication.id)}</code> to {publication.target}
      </p>
      {withdrawn && (
        <p className="lq-note lq-warn">
          Withdrawn by <b>{withdrawn.by}</b>, {withdrawn.at}: {withdrawn.reason}
        </p>
      )}
      <div className="lq-buttons lq-left">
        <Button onClick={() => void open()}>Open its submission</Button>
      </div>
      <Save label="Save the evidence pack" command="publishing.evidence_file" args={{ approval: publication.approval }} />
      {!withdrawn && <Withdraw state={state} publication={publication} />}
    </div>
  );
}

function Withdraw({ state, publication }: { state: DeskState; publication: Publication }) {
  const form = useForm(state, `withdraw ${publication.id}`);
  const { ask, busy, fault } = useAsk<string>("history.withdraw");
  const { reason = "" } = form.fields;
  const missing = !state.who.person ? "Say first in whose name: write your name at “You act as”." : !reason.trim() ? "Write the reason first." : "";
  return (
    <section className="lq-desk-section" aria-label="Withdraw">
      <h3>Withdraw it</h3>
      <p className="lq-quiet">Reports show the one before it again; nothing is deleted. It comes back only by a new submission and approval.</p>
      <FormArea form={form} field="reason" label="Reason for withdrawing it" rows={3} />
      {fault && (
        <p className="lq-note lq-bad" role="alert">
          <FaultText fault={fault} />
        </p>
      )}
      <Missing what={missing} />
      <div className="lq-buttons">
        <Button look="danger" busy={busy} disabled={Boolean(missing)} onClick={() => void ask({ publication: publication.id, reason })}>
          Withdraw
        </Button>
      </div>
    </section>
  );
}
