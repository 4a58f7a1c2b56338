// The line of the summary of one variant, figure by figure.
import { grouped } from "../../parts/numbers";
import { isFigure, shown, type SummaryFigure } from "./model";

export function Summary({ figures }: { figures: readonly SummaryFigure[] }) {
  const told = figures.filter(({ value }) => value !== null && value !== "");
  if (!told.length) return <p className="lq-quiet">It was submitted without its analysis.</p>;
  return (
    <table className="lq-table lq-desk-summary" aria-label="Summary">
      <tbody>
        {told.map(({ name, kind, value }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className={isFigure(value) ? "lq-figures" : undefined} title={isFigure(value) ? `exactly ${grouped(String(value))}` : String(value)}>
              {shown(value, kind)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
