// Publishing what was approved: where to, rehearsed first, then done; and what came of it.
import { useScreen, useStateOf } from "../../context";
import { useAsk } from "../../parts/answers";
import { Button } from "../../parts/Button";
import { FaultText } from "../../parts/FaultText";
import { Save } from "./Approved";
import { Doctor } from "./Doctor";
import type { Approval, DeskState, Opened, Place, PublishingState } from "./model";
import { PublishSteps } from "./PublishSteps";
import { ReceiptPart } from "./Receipt";
import { Missing, Refusals } from "./Refusals";
import { Rehearsal } from "./Rehearsal";
import { TargetChoice } from "./TargetChoice";

export function Publishing({ opened, approval }: { opened: Opened; approval: Approval }) {
  const state = useStateOf<PublishingState>("publishing");
  const place = opened.places.find(({ name }) => name === state?.target);
  if (!state || !place) return null;
  return (
    <div className="lq-desk-section">
      <TargetChoice places={opened.places} chosen={place.name} going={Boolean(state.running)} />
      <AtTarget key={`${approval.id} ${place.name}`} state={state} approval={approval} place={place} />
    </div>
  );
}

function AtTarget({ state, approval, place }: { state: PublishingState; approval: Approval; place: Place }) {
  const { act } = useScreen();
  const who = useStateOf<DeskState>("desk")?.who;
  const rehearse = useAsk("publishing.rehearse");
  const target = place.name;
  const { running, rehearsed, ended } = state;
  const here = running?.approval === approval.id && running.target === target ? running : undefined;
  const told = place.published;
  const standing = told && !told.withdrawn ? told : undefined;
  const unnamed = who?.person ? "" : "Say first in whose name: write your name at “You act as”.";
  const missing = place.faults.length
    ? ""
    : running
      ? "Something is being published; wait until it has ended."
      : unnamed
        ? unnamed
        : standing && !ended?.fault
          ? `It is published there already, as ${standing.id.slice(0, 12)}, by ${standing.by}, ${standing.at}.`
          : !rehearsed
            ? `Publish waits for the dry run: look first at what would be written to ${target}.`
            : "";
  const publish = () => void act("publishing.publish", { approval: approval.id, target });
  return (
    <>
      <Refusals what={`It can't be published to ${target}`} found={place.faults} />
      <Missing what={missing} />
      <div className="lq-buttons lq-left">
        <Button
          look={rehearsed ? "plain" : "primary"}
          busy={rehearse.busy}
          disabled={place.faults.length > 0 || Boolean(running) || Boolean(unnamed)}
          title="Verify the approval and work out what would be written; nothing is"
          onClick={() => void rehearse.ask({ approval: approval.id, target })}
        >
          {rehearsed ? "Dry run again" : "Dry run"}
        </Button>
        <Button look={rehearsed ? "primary" : "plain"} icon="run" busy={Boolean(here)} disabled={place.faults.length > 0 || Boolean(missing)} onClick={publish}>
          Publish to {target}
        </Button>
        <span className="lq-space" />
        <Save label="Save the Power BI project" command="publishing.powerbi_file" args={{ target }} refused={standing ? undefined : "once something is published there"} />
      </div>
      {rehearse.fault && (
        <p className="lq-note lq-bad" role="alert">
          <FaultText fault={rehearse.fault} />
        </p>
      )}
      {here && <PublishSteps step={here} />}
      {ended?.fault && !here && <Failed fault={ended.fault} target={target} onAgain={publish} refused={missing} />}
      {ended?.receipt && !here && <ReceiptPart receipt={ended.receipt} />}
      {rehearsed && <Rehearsal dry={rehearsed} approval={approval.id} />}
      <Doctor key={target} target={target} />
    </>
  );
}

function Failed({ fault, target, onAgain, refused }: { fault: NonNullable<NonNullable<PublishingState["ended"]>["fault"]>; target: string; onAgain: () => void; refused: string }) {
  return (
    <div className="lq-note lq-bad lq-desk-failed" role="alert">
      <p>
        <b>It was not published to {target}</b>
      </p>
      <dl className="lq-desk-facts">
        <dt>What</dt>
        <dd>{fault.what}</dd>
        {fault.where && (
          <>
            <dt>Where</dt>
            <dd>{fault.where}</dd>
          </>
        )}
        {fault.hint && (
          <>
            <dt>What next</dt>
            <dd>{fault.hint}</dd>
          </>
        )}
        {fault.who && (
          <>
            <dt>Who can change it</dt>
            <dd>{fault.who}</dd>
          </>
        )}
      </dl>
      <div className="lq-buttons lq-left">
        <Button disabled={Boolean(refused)} title={refused || undefined} onClick={onAgain}>
          Try again
        </Button>
      </div>
    </div>
  );
}
