// How far a publication is, in words.
import { figure } from "../../parts/numbers";
import type { Step } from "./model";

const PHASES: [Step["phase"], string][] = [
  ["checking", "Checking the approval and every value"],
  ["preparing", "Preparing the warehouse's tables"],
  ["staging", "Bringing the rows, and auditing them against the approved sums"],
  ["committing", "Committing: all of it, or nothing"],
  ["refreshing", "Committed; refreshing what reports read"],
];

export function PublishSteps({ step }: { step: Step }) {
  const now = PHASES.findIndex(([phase]) => phase === step.phase);
  return (
    <section className="lq-desk-section" aria-label="Progress">
      <h2>
        Publishing to {step.target}
        {step.attempt > 1 && `, try ${step.attempt}`}
      </h2>
      <ol className="lq-desk-phases">
        {PHASES.map(([phase, words], n) => (
          <li key={phase} className={n === now ? "lq-here" : n < now ? "lq-good" : "lq-quiet"} aria-current={n === now ? "step" : undefined}>
            {n === now ? <span className="lq-spinner" /> : <span aria-hidden="true">{n < now ? "✓" : "·"}</span>}
            <span>
              {words}
              {n === now && step.what && `: ${step.what}, ${figure(step.rows)} rows`}
              {n === now && step.total > 0 && ` (${figure(step.finished)} of ${figure(step.total)} done)`}
            </span>
          </li>
        ))}
      </ol>
      <p role="status" className="lq-hidden">
        {PHASES[now]?.[1]}
      </p>
    </section>
  );
}
