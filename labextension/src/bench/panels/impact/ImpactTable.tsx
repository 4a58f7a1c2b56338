// The side-by-side table: scenarios as columns, entities as rows, every cell a button.
import { useEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";

import { useScreen } from "../../context";
import { Empty } from "../../parts/Empty";
import { grouped } from "../../parts/numbers";
import { Heads } from "./Heads";
import { EntityRows, FigureCells, Opener } from "./Rows";
import { capital, type Cell, type Metric, type Ready } from "./model";

export interface TableProps {
  state: Ready;
  cell: Cell;
  onChoose: (cell: Required<Cell>) => void;
}

export function ImpactTable({ state }: { state: Ready }) {
  const { act, select } = useScreen();
  const table = useRef<HTMLTableElement>(null);
  const [sums, setSums] = useState(true);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  // What she picks is marked at once, before the kernel says so.
  const [picked, setPicked] = useState<Cell>();
  useEffect(() => setPicked(undefined), [state.cell]);
  const onChoose = (cell: Required<Cell>) => {
    setPicked(cell);
    select({ kind: "cell", id: [cell.variant, cell.entity, cell.metric, cell.category].join(" | "), ...cell });
  };
  const shared: TableProps = { state, cell: picked ?? state.cell ?? {}, onChoose };
  const onToggle = (name: string) =>
    setOpen((now) => new Set(now.has(name) ? [...now].filter((each) => each !== name) : [...now, name]));
  if (!state.rows.length)
    return (
      <Empty title="No entity fits">
        <p>
          {state.view.filter ? `None of the ${state.of} entities is called like “${state.view.filter}”` : "No scenario changes any entity"}
          {state.view.filter && state.view.changed_only ? " and changed" : ""}. Empty the filter to see all.
        </p>
      </Empty>
    );
  return (
    <div className="lq-compare-scroll" onKeyDown={(event) => walk(event, table.current)} onCopy={copyFigure}>
      <table className={`lq-compare${state.variants.length > 2 ? " lq-many" : ""}`} ref={table} aria-label={`${state.title}: scenarios side by side`}>
        <Heads state={state} />
        <tbody className="lq-sums">
          {state.totals?.filter((row) => sums || row.metric.ratio).map((row) => (
            <tr key={row.metric.name} className={row.metric.ratio ? "lq-entity" : undefined}>
              <th scope="row">
                {row.metric.ratio ? (
                  <>
                    <Opener open={sums} what="All entities: all figures" onToggle={() => setSums(!sums)} />
                    All entities
                  </>
                ) : (
                  <Unit metric={row.metric} unit={state.unit} />
                )}
              </th>
              <FigureCells {...shared} entity="" category="" metric={row.metric} base={row.base} cells={row.cells} unit={state.unit} />
            </tr>
          ))}
          <Counts state={state} all={sums || !state.totals} />
        </tbody>
        {state.rows.map((row) => (
          <EntityRows key={row.name} {...shared} row={row} open={open.has(row.name)} onToggle={() => onToggle(row.name)} />
        ))}
      </table>
      {state.count > state.rows.length && (
        <p className="lq-rest">
          <button
            type="button"
            className="lq-button lq-link"
            onClick={() => void act("impact.view", { changes: { shown: Math.min(1000, state.view.shown + 50) } })}
          >
            Show more
          </button>{" "}
          <span className="lq-quiet">
            {grouped(String(state.rows.length))} of {grouped(String(state.count))} entities are shown
          </span>
        </p>
      )}
    </div>
  );
}

function Unit({ metric, unit }: { metric: Metric; unit: string }) {
  return (
    <>
      {capital(metric.title)} {unit && <small>{unit}</small>}
    </>
  );
}

function Counts({ state, all }: { state: Ready; all: boolean }) {
  return (
    <>
      <tr>
        <th scope="row">Below the limit of {grouped(String(Math.round(Number(state.limit) * 10000) / 100))} %</th>
        <td className="lq-first lq-num">{state.base_breaches}</td>
        {state.variants.map((each) => (
          <td key={each.name} className="lq-first lq-num" colSpan={2}>
            {each.ran ? each.breaches : "–"}
            {each.new_breaches > 0 && <b className="lq-bad"> {each.new_breaches} new</b>}
          </td>
        ))}
      </tr>
      {all && (
      <tr>
        <th scope="row">Rows that rules match</th>
        <td className="lq-first lq-num lq-quiet">–</td>
        {state.variants.map((each) => (
          <td key={each.name} className="lq-first lq-num" colSpan={2}>
            {each.records === null ? "–" : grouped(String(each.records))}
          </td>
        ))}
      </tr>
      )}
    </>
  );
}

const MOVES: Record<string, [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** Arrows go from cell to cell, over what is none. */
function walk(event: KeyboardEvent, table: HTMLTableElement | null): void {
  const move = MOVES[event.key];
  const here = (event.target as HTMLElement).closest<HTMLElement>(".lq-cell")?.closest("td");
  if (!move || !here || !table) return;
  event.preventDefault();
  const [down, right] = move;
  const row = here.parentElement as HTMLTableRowElement;
  const rows = [...table.rows];
  let line = rows.indexOf(row);
  let place = here.cellIndex;
  for (;;) {
    line += down;
    place += right;
    const cell = rows[line]?.cells[place];
    if (!cell) return;
    const button = cell.querySelector<HTMLElement>(".lq-cell");
    if (button) {
      button.focus();
      return;
    }
  }
}

/** A copied cell pastes as a number: exact, without thousands and signs. */
function copyFigure(event: ClipboardEvent): void {
  const cell = document.activeElement?.closest<HTMLElement>("[data-figure]");
  if (!cell || window.getSelection()?.isCollapsed === false) return;
  event.clipboardData.setData("text/plain", cell.dataset["figure"]!);
  event.preventDefault();
}
