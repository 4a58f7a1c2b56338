// "Show as code": the calls that do the same in a cell, copied or inserted below.
import { useState, type MouseEvent } from "react";

import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { FaultText } from "./FaultText";
import { useAnswer } from "./answers";

export function CodePart({ panel }: { panel: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="quiet" icon="code" title="Show this step as code" onClick={() => setOpen(true)}>
        Code
      </Button>
      {open && <CodeDialog panel={panel} onClose={() => setOpen(false)} />}
    </>
  );
}

function CodeDialog({ panel, onClose }: { panel: string; onClose: () => void }) {
  const { answer: code, fault } = useAnswer<string>("bench.show_code", { panel });
  const [told, setTold] = useState("");
  const copy = async (words: string) => {
    await navigator.clipboard.writeText(code ?? "");
    setTold(words);
  };
  const insert = (event: MouseEvent) => {
    // The JupyterLab extension takes this; without it the event's default stays and we copy.
    const asked = new CustomEvent("liqbench:insert-code", { bubbles: true, cancelable: true, detail: { code } });
    if (event.currentTarget.dispatchEvent(asked)) void copy("Copied: paste it into a new cell.");
    else setTold("Inserted below this cell.");
  };
  return (
    <Dialog
      title="This step as code"
      wide
      onClose={onClose}
      footer={
        <>
          <span role="status" className="lq-good">
            {told}
          </span>
          <Button icon="copy" disabled={!code} onClick={() => void copy("Copied.")}>
            Copy
          </Button>
          <Button look="primary" disabled={!code} onClick={insert}>
            Insert as a new cell
          </Button>
        </>
      }
    >
      {fault ? <FaultText fault={fault} /> : <pre tabIndex={0}>{code || "This step has no code yet."}</pre>}
    </Dialog>
  );
}
