// How far it is: one bar for all of it, what is at work, and Cancel.
import { useEffect, useState } from "react";

import { useScreen } from "../../context";
import { Button } from "../../parts/Button";
import { FaultText } from "../../parts/FaultText";
import { figure } from "../../parts/numbers";
import type { RunState } from "./model";

/** The kernel tells the seconds now and then; between, the screen's own clock goes on. */
function useSeconds(state: RunState): number {
  const [more, setMore] = useState(0);
  useEffect(() => {
    setMore(0);
    if (!state.going) return undefined;
    const begun = Date.now();
    const clock = setInterval(() => setMore((Date.now() - begun) / 1000), 200);
    return () => clearInterval(clock);
  }, [state.going, state.seconds]);
  return state.seconds + more;
}

function failures(state: RunState): number {
  return state.variants.filter((variant) => variant.state === "failed").length;
}

export function Progress({ state }: { state: RunState }) {
  const { act, select } = useScreen();
  const seconds = useSeconds(state);
  if (!state.title) return null;
  const failed = failures(state);
  const share = state.going ? (state.total ? state.finished / state.total : 0) : state.error ? state.finished / (state.total || 1) : 1;
  const tone = state.error ? (state.error.cancelled ? "warn" : "bad") : failed ? "bad" : state.going ? "busy" : "good";
  const tasks = state.tasks?.[1] ? `, ${figure(state.tasks[0])} of ${figure(state.tasks[1])} Spark tasks` : "";
  const said = state.going
    ? state.cancelling
      ? "cancelling: Spark's jobs are being ended"
      : `${state.stage}${tasks}`
    : state.error
      ? state.error.cancelled
        ? "cancelled; what was stored stays, and the next run goes on from there"
        : "stopped"
      : failed
        ? `finished, ${failed} of ${state.variants.length} variants failed`
        : "finished";
  return (
    <section className={`lq-run-progress lq-run-${tone}`} aria-label="Progress">
      <div className="lq-run-line">
        <b>{state.title}</b>
        <span role="status" className="lq-cut">
          {said}
        </span>
        <span className="lq-space" />
        <span className="lq-quiet lq-numbers">
          {figure(state.finished)} of {figure(state.total)} steps · {figure(seconds.toFixed(1))} s
        </span>
        {state.going && (
          <Button look="danger" disabled={state.cancelling} onClick={() => void act("run.cancel")}>
            Cancel
          </Button>
        )}
      </div>
      <div className="lq-run-bar" role="progressbar" aria-label={state.title} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(100 * share)}>
        <div style={{ width: `${100 * share}%` }} />
      </div>
      {state.error && !state.error.cancelled && (
        <p className="lq-note lq-bad" role="alert">
          <FaultText fault={state.error} />{" "}
          {state.error.operator && (
            <Button look="link" onClick={() => select({ kind: "operator", id: state.error!.operator })}>
              Select {state.error.operator}
            </Button>
          )}
        </p>
      )}
    </section>
  );
}
