// What is run and how far its stages are; at the end what came of it, and the way to what was wrong.
import { useScreen } from "../../context";
import { Button } from "../../parts/Button";
import { FaultText } from "../../parts/FaultText";
import { figure } from "../../parts/numbers";
import { useToFault } from "../compose/shared";
import { ruleId } from "../scenarios/model";
import { SIGNS, TONES, WORDS, ending, type MarkState, type RunFault, type RunState } from "./model";

interface Stage {
  name: string;
  state: MarkState;
  said: string;
}

export function Outcome({ state }: { state: RunState }) {
  const { error } = state;
  const { tone, said } = ending(state);
  return (
    <section className="lq-outcome" aria-label="The run">
      <div className="lq-outcome-line">
        <h2>{state.title}</h2>
        <ol className="lq-stages" aria-label="Stages">
          {stages(state).map((stage) => (
            <li key={stage.name} className={`lq-state lq-state-${TONES[stage.state]}`}>
              {SIGNS[stage.state]} {stage.name}
              {stage.said && `: ${stage.said}`}
              <span className="lq-hidden">, {WORDS[stage.state]}</span>
            </li>
          ))}
        </ol>
      </div>
      {!state.going && !error && tone === "bad" && <p className="lq-note lq-bad">{said}. The table of operators says why.</p>}
      {error?.cancelled && <p className="lq-note lq-warn">It was cancelled. What was stored stays: the next run goes on from there.</p>}
      {error && !error.cancelled && <Faults fault={error} />}
    </section>
  );
}

function Faults({ fault }: { fault: RunFault }) {
  const all = fault.faults ?? [fault];
  return (
    <div className="lq-note lq-bad" role="alert">
      <p>
        <b>{fault.faults ? "Not begun, as the calculation has faults:" : "Stopped:"}</b>
      </p>
      <ul className="lq-run-faults">
        {all.map((each, n) => (
          <li key={n}>
            <FaultText fault={each} /> <Jump fault={each} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** To the form where it is mended: a rule's or an operator's. */
function Jump({ fault }: { fault: RunFault }) {
  const { operator, scenario, rule } = fault;
  const { select, setStep } = useScreen();
  const toFault = useToFault();
  const toRule = () => {
    select({ kind: "rule", id: ruleId(scenario, rule) });
    setStep("scenarios");
  };
  if (!rule && !operator) return null;
  return (
    <Button look="link" onClick={rule ? toRule : () => toFault(operator)}>
      Go to {rule || operator}
    </Button>
  );
}

function stages(state: RunState): Stage[] {
  const operators = Object.values(state.operators).map((mark) => mark.state);
  const base = together(operators);
  const found: Stage[] = [];
  if (!state.result?.reopened || state.going) {
    const refused = Boolean(state.error?.faults);
    const checking = state.going && state.stage === "checking";
    found.push({ name: "Check", state: refused ? "failed" : checking ? "running" : base === "waiting" && state.error ? "cancelled" : "done", said: "" });
    if (refused) return found;
  }
  found.push({ name: "Base", state: base, said: `${ended(operators)} of ${figure(operators.length)} operators` });
  if (state.variants.length) {
    const variants = state.variants.map((mark) => mark.state);
    found.push({ name: "Variants", state: together(variants), said: `${ended(variants)} of ${figure(variants.length)}` });
  }
  return found;
}

function ended(marks: readonly MarkState[]): string {
  return figure(marks.filter((mark) => mark === "done" || mark === "reused").length);
}

/** The state of several: the worst that there is, else how far they are. */
function together(marks: readonly MarkState[]): MarkState {
  for (const one of ["failed", "cancelled", "running", "on the way"] as const) if (marks.includes(one)) return one;
  if (marks.every((mark) => mark === "reused")) return "reused";
  if (marks.every((mark) => mark === "done" || mark === "reused")) return "done";
  return marks.every((mark) => mark === "waiting") ? "waiting" : "running";
}
