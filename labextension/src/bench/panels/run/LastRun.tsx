// In the head: the run whose results she looks at, and whether they are those of the draft.
import { useScreen, useStateOf } from "../../context";
import { Button } from "../../parts/Button";
import { moment } from "../../parts/moments";
import { figure } from "../../parts/numbers";
import type { RunState } from "./model";

export function LastRun() {
  const { bench, setStep } = useScreen();
  const result = useStateOf<RunState>("run")?.result;
  if (!result) return <span className="lq-quiet lq-cut">{bench.spark ? "Spark is ready" : "Spark starts when it is needed"}</span>;
  const { run, started, seconds, current } = result;
  return (
    <Button look="link" title={`${run}: Impact and Lineage show its results`} onClick={() => setStep("run")}>
      Run of {moment(started)}, {figure(seconds.toFixed(1))} s{current ? "" : ", before the last change"}
    </Button>
  );
}
