// A rule in its form: where, what it changes, from when to when, and why.
import { useState } from "react";

import { useScreen } from "../../context";
import { Button, IconButton } from "../../parts/Button";
import { AreaField, Field, SelectField, TextField } from "../../parts/Field";
import { Conditions } from "./Conditions";
import { Changes } from "./Changes";
import { sentence, type RuleState, type ScenariosState } from "./model";
import { useWritten } from "./written";

export function RuleEditor({ state, scenario, own }: { state: ScenariosState; scenario: string; own: RuleState }) {
  const { act } = useScreen();
  const [rule, write] = useWritten(scenario, own);
  const step = (steps: number) => void act("scenarios.move_rule", { scenario, rule_id: own.id, steps });
  return (
    <div className="lq-form lq-rule-form" aria-label={`Rule ${own.id}`} role="group">
      <header className="lq-rule-head">
        <h2>{own.id}</h2>
        <span className="lq-quiet">in {scenario}</span>
        <span className="lq-space" />
        {!own.new && (
          <>
            <IconButton icon="up" label="Apply it earlier" onClick={() => step(-1)} />
            <IconButton icon="down" label="Apply it later" onClick={() => step(1)} />
          </>
        )}
        <IconButton icon="copy" label="Duplicate the rule" onClick={() => void act("scenarios.add_rule", { scenario, like: own.id })} />
        <IconButton icon="remove" label="Remove the rule" onClick={() => void act("scenarios.remove_rule", { scenario, rule_id: own.id })} />
      </header>
      <Standing own={own} scenario={scenario} />
      <div className="lq-pair">
        <TextField label="Rule id" value={rule.rule_id} onDone={(rule_id) => write({ rule_id })} />
        <SelectField
          label="Applies behind"
          value={rule.stage ?? ""}
          empty={state.points.length ? `the injection points: ${state.points.join(", ")}` : "choose an operator"}
          options={state.operators.map((name) => ({ value: name }))}
          onDone={(stage) => write({ stage })}
        />
      </div>
      <h3>Which rows</h3>
      {!rule.conditions?.length && <p className="lq-quiet">Every row, as there is no condition.</p>}
      <Conditions nodes={rule.conditions ?? []} fields={state.fields} place={state.place} word="and" onChange={(conditions) => write({ conditions })} />
      <h3>What changes in them</h3>
      <Changes changes={rule.adjustments ?? []} fields={state.fields} place={state.place} onChange={(adjustments) => write({ adjustments })} />
      <h3>When and why</h3>
      <div className="lq-pair">
        <TextField label="Valid from" optional type="date" value={rule.effective_date ?? ""} onDone={(effective_date) => write({ effective_date })} />
        <TextField label="Valid to" optional type="date" value={rule.expiry_date ?? ""} onDone={(expiry_date) => write({ expiry_date })} />
      </div>
      <AreaField label="Reason" optional rows={2} value={rule.reason ?? ""} onDone={(reason) => write({ reason })} />
      <TextField label="Evidence" optional help="a document, a ticket, a minute" value={rule.evidence ?? ""} onDone={(evidence) => write({ evidence })} />
    </div>
  );
}

/** What is missing, what stands in the way of its use, and who approved it. */
function Standing({ own, scenario }: { own: RuleState; scenario: string }) {
  const { act } = useScreen();
  if (own.unfinished)
    return (
      <p className="lq-note lq-warn" role="status">
        <b>Not finished.</b> {needed(own.unfinished.what)}{" "}
        {!own.new && "Runs are refused until it is. "}
        <Button look="link" onClick={() => void act("scenarios.discard", { scenario, rule_id: own.id })}>
          {own.new ? "Discard it" : "Go back to the last finished form"}
        </Button>
      </p>
    );
  return (
    <>
      <p className="lq-note">{sentence(own.words)}</p>
      {own.skipped && <p className="lq-note lq-warn">It would be skipped: it {own.skipped}.</p>}
      {own.approved ? (
        <p className="lq-quiet">Approved by {own.approved}. Any change takes that approval away.</p>
      ) : (
        <Unapproved onNote={(by) => act("scenarios.note_approval", { scenario, rule_id: own.id, by })} />
      )}
    </>
  );
}

/** An approval is given by those who approve rules in her bank, and noted here. */
function Unapproved({ onNote }: { onNote: (by: string) => Promise<unknown> }) {
  const [by, setBy] = useState("");
  return (
    <>
      <p className="lq-quiet">Nobody approved it yet: it may be explored, not submitted.</p>
      <div className="lq-approved-by">
        <Field label="Approved by">{(wiring) => <input {...wiring} value={by} placeholder="who approves rules in your bank" onChange={(event) => setBy(event.target.value)} />}</Field>
        <Button disabled={!by.trim()} title={by.trim() ? undefined : "Say first who approved it"} onClick={() => void onNote(by)}>
          Note the approval
        </Button>
      </div>
    </>
  );
}

const PARTS: [RegExp, string][] = [
  [/^adjustments: is empty$/, "Say what changes in the rows."],
  [/^adjustments\.(\d+)\.field: is missing$/, "Choose the field that changes."],
  [/^adjustments\.(\d+)\.value: is missing$/, "Give the value of the change."],
  [/^conditions\..*field: is missing$/, "Choose the field of the condition."],
  [/^conditions\..*: '(.*)' with null never matches.*$/, "Give the condition its value."],
];

/** What the form still needs, in the form's own words where we have them. */
function needed(what: string): string {
  const faults = what.split("; ").filter((each) => !each.startsWith("use '")); // what a missing value may be, too
  const told = faults.map((each) => PARTS.find(([form]) => form.test(each))?.[1] ?? `${each.replace(/^(conditions|adjustments)\.[\d.a-z]*: /, "")}.`);
  return [...new Set(told)].join(" ");
}
