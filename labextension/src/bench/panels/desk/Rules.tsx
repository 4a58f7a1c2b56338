// Rules in words, each with who stands for it.
import type { Rule } from "./model";

export function Rules({ rules }: { rules: readonly Rule[] }) {
  if (!rules.length) return <p className="lq-quiet">It has no rules.</p>;
  return (
    <ul className="lq-desk-rules">
      {rules.map((rule, n) => (
        <li key={n}>
          <p>
            <b>{rule.rule}</b>
            {rule.stage && <span className="lq-quiet"> behind {rule.stage}</span>}
          </p>
          <p>{rule.what}</p>
          {rule.reason && <p className="lq-quiet">Because: {rule.reason}</p>}
          {rule.evidence && <p className="lq-quiet">Evidence: {rule.evidence}</p>}
          <p className="lq-quiet">{dates(rule)}</p>
          <p className={rule.approved_by ? "lq-quiet" : "lq-warn"}>
            {rule.approved_by ? `Approved by ${rule.approved_by}${rule.approved_at ? `, ${rule.approved_at.slice(0, 10)}` : ""}` : "Nobody approved this rule"}
          </p>
        </li>
      ))}
    </ul>
  );
}

function dates({ effective, expiry }: Rule): string {
  if (effective && expiry) return `In force from ${effective} to ${expiry}`;
  if (effective) return `In force from ${effective} on`;
  return expiry ? `In force until ${expiry}` : "In force without end";
}
