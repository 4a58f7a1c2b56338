// Why something may not be done, and who can change it: shown, not hidden.
import { FaultText } from "../../parts/FaultText";
import type { Refusal } from "./model";

export function Refusals({ what, found }: { what: string; found: readonly Refusal[] }) {
  if (!found.length) return null;
  return (
    <div className="lq-note lq-warn lq-desk-refusals" role="note" aria-label={what}>
      <b>{what}</b>
      <ul>
        {found.map((each, n) => (
          <li key={n}>
            <FaultText fault={each} />
            {each.who && <span className="lq-desk-who">Who can change it: {each.who}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The one thing that is missing before a button can be pressed, beside it. */
export function Missing({ what }: { what: string }) {
  return what ? (
    <p className="lq-quiet" role="note">
      {what}
    </p>
  ) : null;
}
