// Beside an approved submission: who approved what, until when and for where; and its papers.
import { useState } from "react";

import { useScreen } from "../../context";
import { Button } from "../../parts/Button";
import { download, type File } from "../../parts/download";
import type { Approval, Opened } from "./model";

export function Approved({ opened, approval }: { opened: Opened; approval: Approval }) {
  return (
    <div className="lq-form">
      <h2>Approved</h2>
      <dl className="lq-desk-facts">
        <dt>By</dt>
        <dd>
          <b>{approval.approver}</b>, {approval.at}
        </dd>
        <dt>Comment</dt>
        <dd className="lq-desk-reason">{approval.comment}</dd>
        <dt>Holds until</dt>
        <dd>{approval.until}</dd>
        <dt>For</dt>
        <dd>{approval.targets === null ? "any warehouse of this bench" : approval.targets.join(", ")}</dd>
        <dt>Author</dt>
        <dd>
          {opened.author}, {opened.at}
        </dd>
        <dt>Signed</dt>
        <dd>with the key {approval.key}</dd>
        <dt>Trust</dt>
        <dd>{approval.trust === "local" ? "keys of this workspace, which prove nothing about persons" : "a list of trusted people"}</dd>
      </dl>
      <h3>To keep</h3>
      <Save label="Save the evidence pack" command="publishing.evidence_file" args={{ approval: approval.id }} />
      <p className="lq-quiet">All that was approved and everything it was calculated from, in one file that can be checked without this system.</p>
    </div>
  );
}

/** A file that the kernel makes when it is asked for. */
export function Save({ label, command, args, refused }: { label: string; command: string; args: Record<string, string>; refused?: string | undefined }) {
  const { act } = useScreen();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    const file = await act<File>(command, args);
    setBusy(false);
    if (file) download(file);
  };
  return (
    <div className="lq-buttons lq-left">
      <Button icon="save" busy={busy} disabled={Boolean(refused)} onClick={() => void save()}>
        {label}
      </Button>
      {refused && <span className="lq-quiet">{refused}</span>}
    </div>
  );
}
