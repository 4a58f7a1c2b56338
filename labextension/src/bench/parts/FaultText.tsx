// An error in words: what was wrong, where, and what to do next.
import type { Fault } from "../kernel";

export function FaultText({ fault }: { fault: Fault }) {
  if (fault.faults?.length)
    return (
      <ul className="lq-faults">
        {fault.faults.map((each, n) => (
          <li key={n}>
            <FaultText fault={each} />
          </li>
        ))}
      </ul>
    );
  return (
    <span className="lq-fault">
      {fault.where && <b>{fault.where}: </b>}
      {fault.what}
      {fault.hint && <em> → {fault.hint}</em>}
    </span>
  );
}
