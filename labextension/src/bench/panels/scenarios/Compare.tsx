// Two scenarios' rules side by side: what only one has, and what is different in the others.
import { useState } from "react";

import { useAnswer } from "../../parts/answers";
import { Button } from "../../parts/Button";
import { counted } from "../../parts/counted";
import { Dialog } from "../../parts/Dialog";
import { Waiting } from "../../parts/Empty";
import { CheckField, SelectField } from "../../parts/Field";
import { FaultText } from "../../parts/FaultText";

interface RuleDifference {
  rule: string;
  state: "only in the first" | "only in the second" | "changed" | "the same";
  differences: { part: string; first: string; second: string }[];
}

export function CompareDialog({ names, first, onClose }: { names: readonly string[]; first: string; onClose: () => void }) {
  const [one, setOne] = useState(first);
  const [other, setOther] = useState(names.find((name) => name !== first) ?? first);
  const [same, setSame] = useState(false);
  const { answer, fault } = useAnswer<RuleDifference[]>("scenarios.compare", { first: one, second: other });
  const shown = answer?.filter((each) => same || each.state !== "the same");
  const alike = answer?.filter((each) => each.state === "the same").length ?? 0;
  const options = names.map((value) => ({ value }));
  const said = { "only in the first": `only in ${one}`, "only in the second": `only in ${other}`, changed: "changed", "the same": "the same" };
  return (
    <Dialog title="Compare two scenarios" wide onClose={onClose} footer={<Button onClick={onClose}>Close</Button>}>
      <div className="lq-pair">
        <SelectField label="First" value={one} options={options} onDone={setOne} />
        <SelectField label="Second" value={other} options={options} onDone={setOther} />
      </div>
      {fault && (
        <p className="lq-note lq-bad">
          <FaultText fault={fault} />
        </p>
      )}
      {!answer && !fault && <Waiting what="Comparing" />}
      {alike > 0 && <CheckField label={`Show also ${counted(alike, "rule that is", "rules that are")} the same`} value={same} onDone={setSame} />}
      {shown?.length === 0 && <p className="lq-note">{one === other ? "Choose two scenarios." : "Both say the same."}</p>}
      {shown && shown.length > 0 && (
        <table className="lq-table lq-diff" aria-label="Differences">
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">Part</th>
              <th scope="col">{one}</th>
              <th scope="col">{other}</th>
            </tr>
          </thead>
          {shown.map((each) => (
            <tbody key={each.rule}>
              {(each.differences.length ? each.differences : [{ part: "", first: "", second: "" }]).map((part, n) => (
                <tr key={n}>
                  <td className="lq-wrap">
                    {n === 0 && (
                      <>
                        <b>{each.rule}</b> <span className="lq-quiet">{said[each.state]}</span>
                      </>
                    )}
                  </td>
                  <td className="lq-quiet">{part.part}</td>
                  <td className={`lq-wrap${part.first ? " lq-gone" : ""}`}>{part.first}</td>
                  <td className={`lq-wrap${part.second ? " lq-new" : ""}`}>{part.second}</td>
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      )}
    </Dialog>
  );
}
