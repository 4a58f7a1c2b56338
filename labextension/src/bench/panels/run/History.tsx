// The runs of the workspace, the newest first; any of them can be opened again.
import { useEffect } from "react";

import { useScreen } from "../../context";
import { useAsk } from "../../parts/answers";
import { Button } from "../../parts/Button";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { figure } from "../../parts/numbers";
import type { HistoryEntry, RunState } from "./model";

export function History({ state }: { state: RunState }) {
  const { act } = useScreen();
  const { answer, fault, ask } = useAsk<HistoryEntry[]>("run.history");
  useEffect(() => void ask(), [ask, state.history]);
  if (fault) return <FaultText fault={fault} />;
  if (!answer) return <Waiting what="Reading the history" />;
  if (!answer.length)
    return <p className="lq-quiet">{state.going ? "The run comes here when it ends," : "No run yet. Every run is kept here"} with its calculation, day and scenarios.</p>;
  return (
    <ol className="lq-history">
      {answer.map((entry) => (
        <li key={entry.run} className={entry.run === state.result?.run ? "lq-here" : undefined}>
          <div>
            <b>{when(entry.at)}</b> <span className={`lq-state lq-state-${tone(entry.state)}`}>{entry.state}</span>
          </div>
          <div>
            {entry.dag}, as of {entry.as_of}
          </div>
          <div className="lq-quiet">
            {entry.variants ? `${figure(entry.variants)} ${entry.variants === 1 ? "variant" : "variants"} · ` : ""}
            {entry.seconds === null ? "" : `${figure(entry.seconds.toFixed(1))} s · `}
            {entry.run}
          </div>
          {entry.error && entry.state !== "cancelled" && <div className="lq-bad lq-clamp">{entry.error.replace(/^\w+: /, "")}</div>}
          {entry.run === state.result?.run ? (
            <span className="lq-quiet">shown now</span>
          ) : (
            <Button
              look="link"
              disabled={state.going}
              title={state.going ? "Wait for the end of the run" : "Take its calculation, day and scenarios as the draft; undo brings back what is here now"}
              onClick={() => void act("run.reopen", { run: entry.run })}
            >
              {entry.state === "done" ? "Open again" : "Take its calculation"}
            </Button>
          )}
        </li>
      ))}
    </ol>
  );
}

function tone(state: string): string {
  return state === "done" ? "good" : state === "failed" ? "bad" : "warn";
}

/** The kernel's times are in UTC and say so nowhere. */
function when(at: string): string {
  const moment = new Date(/Z|[+-]\d\d:\d\d$/.test(at) ? at : `${at}Z`);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
}
