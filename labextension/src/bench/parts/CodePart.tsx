// "Show as code": the calls that do the same in a cell, copied or inserted below.
import { useRef, useState } from "react";
import { flushSync } from "react-dom";

import { CAN_INSERT, INSERT } from "../../shared/events";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { FaultText } from "./FaultText";
import { useAnswer } from "./answers";

export function CodePart({ panel }: { panel: string }) {
  const place = useRef<HTMLSpanElement>(null);
  // Open where code can be inserted as a cell, or only be copied.
  const [open, setOpen] = useState<"insert" | "copy">();
  /** Whether somebody takes what the bench asks of JupyterLab. */
  const taken = (name: string, code?: string) =>
    !place.current!.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail: { code } }));
  const close = () => setOpen(undefined);
  const insert = (code: string) => {
    flushSync(close); // the focus goes to the new cell, and nothing lies over it
    taken(INSERT, code);
  };
  return (
    <span ref={place}>
      <Button
        look="quiet"
        icon="code"
        title="Show this step as code"
        onClick={() => setOpen(taken(CAN_INSERT) ? "insert" : "copy")}
      >
        Code
      </Button>
      {open && <CodeDialog panel={panel} onClose={close} onInsert={open === "insert" ? insert : undefined} />}
    </span>
  );
}

function CodeDialog(props: {
  panel: string;
  onClose: () => void;
  onInsert: ((code: string) => void) | undefined;
}) {
  const { panel, onClose, onInsert } = props;
  const { answer: code, fault } = useAnswer<string>("bench.show_code", { panel });
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(code ?? "");
    setCopied(true);
  };
  return (
    <Dialog
      title="This step as code"
      wide
      onClose={onClose}
      footer={
        <>
          <span role="status" className="lq-good">
            {copied && "Copied: paste it into a new cell."}
          </span>
          <Button icon="copy" look={onInsert ? "plain" : "primary"} disabled={!code} onClick={() => void copy()}>
            Copy
          </Button>
          {onInsert && (
            <Button look="primary" disabled={!code} onClick={() => onInsert(code!)}>
              Insert as a new cell
            </Button>
          )}
        </>
      }
    >
      {fault ? <FaultText fault={fault} /> : <pre tabIndex={0}>{code || "This step has no code yet."}</pre>}
    </Dialog>
  );
}
