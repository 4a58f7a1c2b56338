// "Show as code": the calls that do the same in a cell, copied or inserted below.
import { useRef, useState } from "react";
import { flushSync } from "react-dom";

import { CAN_INSERT, INSERT } from "../../shared/events";
import type { Fault } from "../kernel";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { FaultText } from "./FaultText";
import { useAnswer } from "./answers";
import { copyText } from "./clipboard";

const BY_HAND = "the code is selected: copy it with Ctrl+C";

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
  const text = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState<true | Fault>();
  const copy = async (words: string) => {
    const missed = await copyText(words, BY_HAND);
    setCopied(missed ?? true);
    if (!missed) return;
    const place = text.current!;
    place.focus();
    window.getSelection()!.selectAllChildren(place);
  };
  return (
    <Dialog
      title="This step as code"
      wide
      onClose={onClose}
      footer={
        <>
          <span role="status" className={copied === true ? "lq-good" : "lq-bad"}>
            {copied === true ? "Copied: paste it into a new cell." : copied && <FaultText fault={copied} />}
          </span>
          <Button icon="copy" look={onInsert ? "plain" : "primary"} disabled={!code} onClick={() => void copy(code!)}>
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
      {fault ? (
        <FaultText fault={fault} />
      ) : (
        <pre tabIndex={0} ref={text}>
          {code || "This step has no code yet."}
        </pre>
      )}
    </Dialog>
  );
}
