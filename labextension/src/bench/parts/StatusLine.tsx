// The foot: the only place for progress and faults; it never covers work.
import { useEffect, useState } from "react";

import { useScreen } from "../context";
import { useLine, useStates, type Fault, type States } from "../kernel";
import { Button, IconButton } from "./Button";
import { FaultText } from "./FaultText";
import { figure } from "./numbers";

/** Something that goes on, or how the last of its kind ended. */
export interface Work {
  what: string;
  /** Where it is, or what came of it. */
  said?: string | undefined;
  finished?: number | undefined;
  total?: number | undefined;
  /** How long it goes on, where the kernel tells; else the screen counts. */
  seconds?: number | undefined;
  /** The command that ends it. */
  cancel?: string | undefined;
  cancelling?: boolean | undefined;
  ended?: "good" | "bad" | "warn" | undefined;
}

/** What a step has going on, read from what the kernel told. */
export type Working = (states: States) => Work | undefined;

interface Place {
  name: string;
  title: string;
  working?: Working;
}

export function StatusLine({ steps }: { steps: readonly Place[] }) {
  const { kernel, bench, fault, setFault, act } = useScreen();
  const line = useLine(kernel);
  const states = useStates(kernel);
  if (line === "lost")
    return (
      <footer className="lq-status lq-status-lost" role="alert">
        <b>The kernel behind this bench is gone.</b> Run the cell again: the draft was stored as you worked, and what was run is in the history.
      </footer>
    );
  const works = steps.flatMap((step) => {
    const work = step.working?.(states);
    return work ? [{ step, work }] : [];
  });
  const going = works.filter(({ work }) => !work.ended);
  const last = going.length ? undefined : works.at(-1);
  return (
    <footer className="lq-status">
      {line === "slow" && <span role="status">The kernel is busy with another cell; the answer comes when it is done.</span>}
      {line === "live" && (
        <div className="lq-works">
          {going.map(({ work }) => (
            <Going key={work.what} work={work} />
          ))}
          {last && !fault && <Ended step={last.step} work={last.work} />}
          {!works.length && !fault && <span role="status">{bench.notices.at(-1) ?? "Ready"}</span>}
        </div>
      )}
      {fault && (
        <div role="alert" className="lq-alert">
          <FaultText fault={fault} />
          <FaultActions fault={fault} act={act} />
          <IconButton icon="close" label="Dismiss" onClick={() => setFault(undefined)} />
        </div>
      )}
    </footer>
  );
}

/** The kernel tells the seconds now and then, or not at all; between, the screen's own clock goes on. */
function useSeconds(told: number): number {
  const [more, setMore] = useState(0);
  useEffect(() => {
    setMore(0);
    const begun = Date.now();
    const clock = setInterval(() => setMore((Date.now() - begun) / 1000), 200);
    return () => clearInterval(clock);
  }, [told]);
  return told + more;
}

function Going({ work }: { work: Work }) {
  const { act } = useScreen();
  const seconds = useSeconds(work.seconds ?? 0);
  const share = work.total ? (work.finished ?? 0) / work.total : undefined;
  return (
    <div className="lq-going" role="group" aria-label={work.what}>
      <span className="lq-spinner" />
      <span role="status" className="lq-cut" title={work.said && `${work.what}: ${work.said}`}>
        <b>{work.what}</b>
        {work.said && ` · ${work.said}`}
      </span>
      {share !== undefined && (
        <>
          <div className="lq-progress" role="progressbar" aria-label={work.what} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(100 * share)}>
            <div style={{ width: `${100 * share}%` }} />
          </div>
          <span className="lq-numbers">
            {figure(work.finished)} of {figure(work.total)} steps
          </span>
        </>
      )}
      <span className="lq-numbers">{figure(seconds.toFixed(seconds < 100 ? 1 : 0))} s</span>
      {work.cancel && (
        <Button look="danger" disabled={work.cancelling} onClick={() => void act(work.cancel!)}>
          Cancel
        </Button>
      )}
    </div>
  );
}

function Ended({ step, work }: { step: Place; work: Work }) {
  const { step: here, setStep } = useScreen();
  return (
    <div className="lq-going">
      <span role="status" className={`lq-cut lq-${work.ended}`} title={`${work.what}: ${work.said}`}>
        <b>{work.what}</b>: {work.said}
      </span>
      {here !== step.name && (
        <Button look="link" onClick={() => setStep(step.name)}>
          Show in {step.title}
        </Button>
      )}
    </div>
  );
}

function FaultActions({ fault, act }: { fault: Fault; act: (command: string) => Promise<unknown> }) {
  if (fault.kind !== "DraftConflictError") return null;
  return (
    <>
      <Button onClick={() => void act("bench.take_theirs")}>Take theirs</Button>
      <Button onClick={() => void act("bench.keep_mine")}>Keep mine</Button>
    </>
  );
}
