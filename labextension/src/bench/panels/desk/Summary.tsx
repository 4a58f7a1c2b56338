// The line of the summary of one variant: what moves, before and after, then what else is told.
import { change, grouped } from "../../parts/numbers";
import { isFigure, shown, type SummaryFigure } from "./model";

export function Summary({ figures }: { figures: readonly SummaryFigure[] }) {
  const told = figures.filter(({ value }) => value !== null && value !== "");
  if (!told.length) return <p className="lq-quiet">It was submitted without its analysis.</p>;
  const moves = told.filter(({ name }) => name.endsWith(" after") && told.some((each) => each.name === before(name)));
  const inMoves = new Set(moves.flatMap(({ name }) => [before(name), name, name.replace(/ after$/, " change")]));
  return (
    <>
      {moves.length > 0 && (
        <table className="lq-table lq-desk-summary" aria-label="Before and after">
          <thead>
            <tr>
              <th scope="col">All entities</th>
              <th scope="col" className="lq-figures">
                Before
              </th>
              <th scope="col" className="lq-figures">
                After
              </th>
              <th scope="col" className="lq-figures">
                Change
              </th>
            </tr>
          </thead>
          <tbody>
            {moves.map((after) => (
              <tr key={after.name}>
                <th scope="row">{after.name.replace(/ after$/, "")}</th>
                <Figure figure={told.find(({ name }) => name === before(after.name))!} />
                <Figure figure={after} />
                <Change of={after} told={told} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <table className="lq-table lq-desk-summary" aria-label="Summary">
        <tbody>
          {told
            .filter(({ name }) => !inMoves.has(name))
            .map((figure) => (
              <tr key={figure.name}>
                <th scope="row">{figure.name}</th>
                <Figure figure={figure} />
              </tr>
            ))}
        </tbody>
      </table>
    </>
  );
}

function before(after: string): string {
  return after.replace(/ after$/, " before");
}

function Figure({ figure: { kind, value } }: { figure: SummaryFigure }) {
  const is = isFigure(value);
  return (
    <td className={is ? "lq-figures" : "lq-wrap"} title={is ? `exactly ${grouped(String(value))}` : String(value)}>
      {shown(value, kind)}
    </td>
  );
}

/** An amount's change has its percentage behind it. */
function Change({ of, told }: { of: SummaryFigure; told: readonly SummaryFigure[] }) {
  const [moved, share] = told.filter(({ name }) => name === of.name.replace(/ after$/, " change"));
  if (!moved) return <td className="lq-figures">–</td>;
  return (
    <td className="lq-figures" title={`exactly ${grouped(String(moved.value))}`}>
      {moved.kind ? shown(moved.value, moved.kind) : change(String(moved.value))}
      {share && ` (${shown(share.value, share.kind)})`}
    </td>
  );
}
