// Putting a variant forward: the reason, the evidence for it, and the button.
import { useScreen } from "../../context";
import { useAsk } from "../../parts/answers";
import { Button } from "../../parts/Button";
import { FaultText } from "../../parts/FaultText";
import { EvidenceFiles } from "./EvidenceFiles";
import { FormArea, useForm } from "./form";
import type { DeskState, Variant } from "./model";
import { Missing } from "./Refusals";
import { stateWords } from "./states";

export function SubmitForm({ state, variant }: { state: DeskState; variant: Variant }) {
  const { select } = useScreen();
  const form = useForm(state, `submit ${variant.name}`);
  const { ask, busy, fault } = useAsk<string>("desk.submit");
  const { reason = "", evidence = "" } = form.fields;
  const missing = variant.faults.length
    ? "It can't be submitted as it is: the reasons stand beside."
    : !state.who.person
      ? "Say first in whose name: write your name at “You act as”."
      : !reason.trim()
        ? "Write the reason first: it is read with the number."
        : "";
  const { before } = variant;
  return (
    <div className="lq-form" role="group" aria-label={`Submit ${variant.name}`}>
      <h2>Put it forward</h2>
      <p className="lq-quiet">{variant.name}</p>
      {before?.rejection && (
        <p className="lq-note lq-bad">
          Sent back by <b>{before.rejection.by}</b>, {before.rejection.at}: {before.rejection.comment}
        </p>
      )}
      {before && !before.rejection && (
        <p className="lq-note">
          It was submitted before, {before.at} by {before.author}: {stateWords(before.state)}.{" "}
          <Button look="link" onClick={() => select({ kind: "submission", id: before.id })}>
            Open it in the inbox
          </Button>
        </p>
      )}
      <FormArea form={form} field="reason" label="Reason" help="Why this shall be published; the approver and the auditor read it" />
      <FormArea form={form} field="evidence" label="Where the evidence is found" optional rows={2} help="A minute, a memo or a ticket that stays where it is" />
      <EvidenceFiles variant={variant.name} files={(form.fields.files ?? "").split("\n").filter(Boolean)} largest={state.largest} />
      {fault && (
        <p className="lq-note lq-bad" role="alert">
          <FaultText fault={fault} />
        </p>
      )}
      <Missing what={missing} />
      <div className="lq-buttons">
        <Button look="primary" busy={busy} disabled={Boolean(missing)} onClick={() => void ask({ variant: variant.name, reason, evidence })}>
          Submit
        </Button>
      </div>
    </div>
  );
}
