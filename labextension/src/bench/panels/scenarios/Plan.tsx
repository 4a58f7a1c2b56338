// What a run will do, in words: what is reused, what is computed and why, and for how long.
import { useScreen, useStateOf } from "../../context";
import { Button } from "../../parts/Button";
import { counted } from "../../parts/counted";
import { Dialog } from "../../parts/Dialog";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { figure } from "../../parts/numbers";
import type { RunState } from "../run/model";
import type { PlanState, PlanVariant, ScenariosState } from "./model";

const ACTIONS: Record<string, string> = {
  reused: "reused",
  rows: "only the rows that change",
  groups: "only the groups that change",
  full: "in full",
};

export function PlanDialog({ state, onClose }: { state: ScenariosState; onClose: () => void }) {
  const { act, setStep } = useScreen();
  const plan = state.plan;
  const going = useStateOf<RunState>("run")?.going;
  const start = async () => {
    onClose();
    setStep("run");
    await act("run.start", { scenarios: true });
  };
  return (
    <Dialog
      title="What a run will do"
      wide
      onClose={onClose}
      footer={
        <>
          {state.planning && (
            <Button look="danger" onClick={() => void act("scenarios.cancel_plan")}>
              Cancel the plan
            </Button>
          )}
          <Button onClick={onClose}>Close</Button>
          <Button look="primary" icon="run" disabled={state.planning || going} title={going ? "A run goes on already" : undefined} onClick={() => void start()}>
            Run
          </Button>
        </>
      }
    >
      {state.planning && <Waiting what="Working the plan out; the base is run first where it isn't stored" />}
      {!state.planning && !plan && <p className="lq-quiet">The plan was cancelled.</p>}
      {!state.planning && !state.plan_current && plan && <p className="lq-note lq-warn">The scenarios changed since; plan again.</p>}
      {!state.planning && plan && ("fault" in plan && plan.fault ? <FaultText fault={plan.fault} /> : <Told plan={plan as PlanState} />)}
    </Dialog>
  );
}

function about(seconds: number): string {
  if (seconds < 1) return "under a second";
  return `about ${figure(Math.round(seconds))} s`;
}

function Told({ plan }: { plan: PlanState }) {
  return (
    <div className="lq-plan">
      <p>
        <b>{counted(plan.variants.length, "variant")}</b>, {about(plan.seconds)}
        {plan.why && <span className="lq-quiet"> ({plan.why})</span>}
      </p>
      {plan.variants.map((variant) => (
        <Variant key={variant.name} variant={variant} open={plan.variants.length === 1} />
      ))}
    </div>
  );
}

function Variant({ variant, open }: { variant: PlanVariant; open: boolean }) {
  return (
    <details open={open}>
      <summary>
        <b>{variant.scenario}</b> at {variant.point}: {variant.words}
      </summary>
      <p className="lq-quiet">{variant.how[0]!.toUpperCase() + variant.how.slice(1)}.</p>
      <table className="lq-table" aria-label={`Steps of ${variant.name}`}>
        <thead>
          <tr>
            <th scope="col">Operator</th>
            <th scope="col">What happens</th>
            <th scope="col" className="lq-figures">
              Touched
            </th>
            <th scope="col" className="lq-figures">
              Of
            </th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {variant.steps.map((step) => (
            <tr key={step.operator} className={step.action === "reused" ? "lq-quiet" : undefined}>
              <td>{step.operator}</td>
              <td>{ACTIONS[step.action]}</td>
              <td className="lq-figures">{step.action === "reused" ? "–" : step.affected === null ? "known after" : figure(step.affected)}</td>
              <td className="lq-figures">{figure(step.of)}</td>
              <td className="lq-wrap">{step.why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
