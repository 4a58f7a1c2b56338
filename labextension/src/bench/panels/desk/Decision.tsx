// Beside an opened submission: what may be decided, by whom, and what was.
import { useScreen } from "../../context";
import { useAsk } from "../../parts/answers";
import { Button } from "../../parts/Button";
import { FaultText } from "../../parts/FaultText";
import { Approved } from "./Approved";
import { FormArea, useForm } from "./form";
import type { DeskState, Opened } from "./model";
import { Missing, Refusals } from "./Refusals";
import { chosenTargets, Targets } from "./Targets";

export function Decision({ state, opened }: { state: DeskState; opened: Opened }) {
  if (opened.approval) return <Approved opened={opened} approval={opened.approval} />;
  if (opened.rejection) return <SentBack opened={opened} />;
  return <Decide state={state} opened={opened} />;
}

function Decide({ state, opened }: { state: DeskState; opened: Opened }) {
  const form = useForm(state, `decide ${opened.id}`);
  const approve = useAsk<string>("desk.approve");
  const reject = useAsk("desk.reject");
  const { comment = "" } = form.fields;
  const targets = chosenTargets(form);
  const busy = approve.busy || reject.busy;
  const fault = approve.fault ?? reject.fault;
  const missing = !comment.trim() ? "Write the comment first: approving and sending back both need one." : targets?.length === 0 ? "Choose a warehouse that it is approved for, or any." : "";
  const may = { approve: !opened.approve.length, reject: !opened.reject.length };
  return (
    <div className="lq-form" role="group" aria-label="Decide">
      <h2>Decide</h2>
      <p className="lq-quiet">
        {opened.variant}, submitted by {opened.author}
      </p>
      <Refusals what="You can't approve it" found={opened.approve} />
      {!same(opened) && <Refusals what="You can't send it back" found={opened.reject} />}
      <FormArea form={form} field="comment" label="Comment" help="Its author and the auditor read it" />
      {may.approve && <Targets form={form} />}
      {may.approve && (
        <p className="lq-quiet">
          An approval given now holds until {opened.until}, and only while all of this stays as it is.
        </p>
      )}
      {fault && (
        <p className="lq-note lq-bad" role="alert">
          <FaultText fault={fault} />
        </p>
      )}
      {(may.approve || may.reject) && <Missing what={missing} />}
      <div className="lq-buttons">
        <Button
          look="danger"
          busy={reject.busy}
          disabled={!may.reject || busy || !comment.trim()}
          title="It becomes a draft again, with your comment on it"
          onClick={() => void reject.ask({ submission: opened.id, comment })}
        >
          Send back
        </Button>
        <Button look="primary" busy={approve.busy} disabled={!may.approve || busy || Boolean(missing)} onClick={() => void approve.ask({ submission: opened.id, comment, targets })}>
          Approve
        </Button>
      </div>
    </div>
  );
}

/** What refuses both is told once. */
function same({ approve, reject }: Opened): boolean {
  return reject.every((one) => approve.some((other) => other.what === one.what));
}

function SentBack({ opened }: { opened: Opened }) {
  const { act, setStep } = useScreen();
  const said = opened.rejection!;
  const takeUp = async () => {
    if ((await act("desk.take_up", { submission: opened.id })) !== undefined) setStep("scenarios");
  };
  return (
    <div className="lq-form">
      <h2>Sent back</h2>
      <p className="lq-note lq-bad">
        <b>{said.by}</b>, {said.at}: {said.comment}
      </p>
      <p>Taken up again, its calculation, day and scenario are the draft; undo brings back what is there now. Run it then, and submit it anew.</p>
      <div className="lq-buttons">
        <Button look="primary" icon="undo" onClick={() => void takeUp()}>
          Take it up again
        </Button>
      </div>
    </div>
  );
}
