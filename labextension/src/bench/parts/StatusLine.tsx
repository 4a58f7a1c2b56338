// The foot: the only place for progress and faults; it never covers work.
import { useScreen } from "../context";
import { useLine, type Fault } from "../kernel";
import { FaultText } from "./FaultText";

export function StatusLine() {
  const { kernel, fault, setFault, act } = useScreen();
  const line = useLine(kernel);
  return (
    <footer className="lq-status">
      <div role="status" aria-live="polite">
        {line === "lost" && "The kernel is gone: run the cell again. The draft was stored as you worked."}
        {line === "slow" && "The kernel is busy with another cell; the answer comes when it is done."}
        {line === "live" && !fault && "Ready"}
      </div>
      {fault && line !== "lost" && (
        <div role="alert" className="lq-alert">
          <FaultText fault={fault} />
          <FaultActions fault={fault} act={act} />
          <button aria-label="Dismiss" title="Dismiss" onClick={() => setFault(undefined)}>
            ×
          </button>
        </div>
      )}
    </footer>
  );
}

function FaultActions({ fault, act }: { fault: Fault; act: (command: string) => Promise<unknown> }) {
  if (fault.kind !== "DraftConflictError") return null;
  return (
    <>
      <button onClick={() => void act("bench.take_theirs")}>Take theirs</button>
      <button onClick={() => void act("bench.keep_mine")}>Keep mine</button>
    </>
  );
}
