// The foot: the only place for progress and faults; it never covers work.
import { useScreen } from "../context";
import { useLine, type Fault } from "../kernel";
import { Button, IconButton } from "./Button";
import { FaultText } from "./FaultText";

export function StatusLine() {
  const { kernel, bench, fault, setFault, act } = useScreen();
  const line = useLine(kernel);
  return (
    <footer className="lq-status">
      <div role="status" aria-live="polite">
        {line === "lost" && "The kernel is gone: run the cell again. The draft was stored as you worked."}
        {line === "slow" && "The kernel is busy with another cell; the answer comes when it is done."}
        {line === "live" && !fault && (bench.notices.at(-1) ?? "Ready")}
      </div>
      {fault && line !== "lost" && (
        <div role="alert" className="lq-alert">
          <FaultText fault={fault} />
          <FaultActions fault={fault} act={act} />
          <IconButton icon="close" label="Dismiss" onClick={() => setFault(undefined)} />
        </div>
      )}
    </footer>
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
