// Files of evidence: picked in the browser, kept by the kernel, attached when she submits.
import { useId, useRef, useState } from "react";

import { useScreen } from "../../context";
import { Button, IconButton } from "../../parts/Button";
import { FaultText } from "../../parts/FaultText";
import { Icon } from "../../parts/Icon";
import { Refused, type Fault } from "../../kernel";
import { sizeText } from "./sizes";

export function EvidenceFiles({ variant, files, largest }: { variant: string; files: readonly string[]; largest: number }) {
  const { kernel, act } = useScreen();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const pick = async (picked: readonly File[]) => {
    setBusy(true);
    setFault(undefined);
    try {
      for (const file of picked) {
        if (file.size > largest) {
          setFault(tooLarge(file, largest));
          continue;
        }
        await kernel.ask("desk.attach", { variant, name: file.name, content: await base64(file) });
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      setFault(error.fault);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="lq-field" role="group" aria-labelledby={id}>
      <div className="lq-label">
        <span id={id}>Files of evidence</span>
        <span className="lq-quiet">optional</span>
      </div>
      {files.length > 0 && (
        <ul className="lq-desk-files">
          {files.map((kept) => (
            <li key={kept}>
              <Icon name="file" />
              <span className="lq-cut" title={nameOf(kept)}>
                {nameOf(kept)}
              </span>
              <IconButton icon="close" label={`Take ${nameOf(kept)} away`} onClick={() => void act("desk.detach", { variant, file: kept })} />
            </li>
          ))}
        </ul>
      )}
      <div className="lq-buttons lq-left">
        <Button icon="add" busy={busy} onClick={() => input.current?.click()}>
          Add files
        </Button>
      </div>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files of evidence to add"
        onChange={(event) => {
          const picked = [...(event.target.files ?? [])];
          event.target.value = ""; // so that the same file can be picked again
          void pick(picked);
        }}
      />
      {fault && (
        <small className="lq-bad" role="alert">
          <FaultText fault={fault} />
        </small>
      )}
      <small className="lq-quiet">They are attached as they are, and approved with it.</small>
    </div>
  );
}

function nameOf(kept: string): string {
  return kept.slice(kept.indexOf("/") + 1);
}

function tooLarge(file: File, largest: number): Fault {
  return {
    kind: "TooLarge",
    where: file.name,
    what: `it has ${sizeText(file.size)}, and ${sizeText(largest)} is the most that a browser can hand over`,
    hint: "attach it in a cell: “Code” shows the call, which takes evidence=[…]",
  };
}

async function base64(file: File): Promise<string> {
  const address = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Refused({ kind: "Unreadable", where: file.name, what: "the browser can't read it", hint: "pick it again" }));
    reader.readAsDataURL(file);
  });
  return address.slice(address.indexOf(",") + 1);
}
