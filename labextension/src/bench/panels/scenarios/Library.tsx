// The library: scenarios to take, those of the workspace and the examples.
import { useEffect } from "react";

import { useScreen } from "../../context";
import { useAsk } from "../../parts/answers";
import { Button } from "../../parts/Button";
import { counted } from "../../parts/counted";
import { Dialog } from "../../parts/Dialog";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";

interface Entry {
  source: string;
  name: string;
  description: string;
  rules: string[];
  missing: string[];
}

export function LibraryDialog({ onClose }: { onClose: () => void }) {
  const { act } = useScreen();
  const { answer, fault, ask } = useAsk<Entry[]>("shelf.entries");
  useEffect(() => void ask(), [ask]);
  const sources = [...new Set(answer?.map(({ source }) => source))];
  const take = async (entry: Entry) => {
    if ((await act("shelf.take", { source: entry.source, name: entry.name })) !== undefined) onClose();
  };
  return (
    <Dialog title="Library of scenarios" wide onClose={onClose} footer={<Button onClick={onClose}>Close</Button>}>
      {fault && <FaultText fault={fault} />}
      {!answer && !fault && <Waiting what="Reading the library" />}
      {answer && !sources.includes("workspace") && (
        <p className="lq-note lq-shelf-none">This workspace keeps none yet: “Keep in library” at a scenario puts it here for other calculations.</p>
      )}
      {sources.map((source) => (
        <section key={source} className="lq-shelf">
          <h3>{source === "workspace" ? "This workspace" : source[0]!.toUpperCase() + source.slice(1)}</h3>
          {answer!
            .filter((entry) => entry.source === source)
            .map((entry) => (
              <article key={entry.name} className="lq-shelf-entry">
                <div>
                  <b>{entry.name}</b> <span className="lq-quiet">{entry.description}</span>
                  <details>
                    <summary>{counted(entry.rules.length, "rule")}</summary>
                    <ol>
                      {entry.rules.map((words, n) => (
                        <li key={n}>{words}</li>
                      ))}
                    </ol>
                  </details>
                  {entry.missing.length > 0 && <small className="lq-warn">Made for another calculation: its rules apply behind {entry.missing.join(" and ")}, which this one does not have. Taken, they need another place.</small>}
                </div>
                {source === "workspace" && (
                  <Button
                    look="quiet"
                    onClick={async () => {
                      await act("shelf.forget", { name: entry.name });
                      await ask();
                    }}
                  >
                    Forget
                  </Button>
                )}
                <Button onClick={() => void take(entry)}>Take</Button>
              </article>
            ))}
        </section>
      ))}
    </Dialog>
  );
}
