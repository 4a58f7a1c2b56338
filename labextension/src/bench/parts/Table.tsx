// A real table: heads that sort, figures right-aligned, rows that can be chosen by key and mouse.
import { useMemo, useState, type KeyboardEvent, type ReactNode } from "react";

import { figure } from "./numbers";

export interface Column<Row> {
  name: string;
  title: ReactNode;
  /** A unit or type, small under the title. */
  unit?: string | undefined;
  /** Figures are right-aligned. */
  figures?: boolean | undefined;
  value: (row: Row) => string | number | boolean | null | undefined;
  /** What the cell shows; by default its value, figures with thousands. */
  show?: ((row: Row) => ReactNode) | undefined;
  sortable?: boolean | undefined;
}

export function Table<Row>(props: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row, place: number) => string;
  chosen?: string | undefined;
  onChoose?: (row: Row) => void;
  /** What stands in it while it has no rows. */
  empty?: ReactNode;
}) {
  const { columns, rows, id, chosen, onChoose } = props;
  const [order, setOrder] = useState<{ name: string; up: boolean }>();
  const sorted = useMemo(() => {
    const column = columns.find((each) => each.name === order?.name);
    if (!column || !order) return rows;
    const sign = order.up ? 1 : -1;
    return [...rows].sort((one, other) => sign * compare(column.value(one), column.value(other)));
  }, [rows, columns, order]);
  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>, row: Row) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onChoose?.(row);
    }
    const next = event.key === "ArrowDown" ? "nextElementSibling" : event.key === "ArrowUp" ? "previousElementSibling" : undefined;
    if (!next) return;
    event.preventDefault();
    (event.currentTarget[next] as HTMLElement | null)?.focus();
  };
  return (
    <table className="lq-table" aria-label={props.label}>
      <thead>
        <tr>
          {columns.map((column) => {
            const sort = order?.name === column.name ? (order.up ? "ascending" : "descending") : undefined;
            const head = (
              <>
                {column.title}
                {column.unit && <small>{column.unit}</small>}
              </>
            );
            return (
              <th key={column.name} scope="col" aria-sort={sort} className={column.figures ? "lq-figures" : undefined}>
                {column.sortable === false ? (
                  head
                ) : (
                  <button
                    type="button"
                    onClick={() => setOrder({ name: column.name, up: sort === undefined ? !column.figures : sort === "descending" })}
                  >
                    {head}
                  </button>
                )}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>
        {sorted.map((row, place) => {
          const name = id(row, place);
          return (
            <tr
              key={name}
              tabIndex={onChoose ? (chosen === undefined ? (place ? -1 : 0) : name === chosen ? 0 : -1) : undefined}
              aria-selected={onChoose ? name === chosen : undefined}
              onClick={onChoose && (() => onChoose(row))}
              onKeyDown={onChoose && ((event) => onKeyDown(event, row))}
            >
              {columns.map((column) => (
                <Cell key={column.name} column={column} row={row} />
              ))}
            </tr>
          );
        })}
        {!rows.length && props.empty && (
          <tr>
            <td colSpan={columns.length} className="lq-quiet">
              {props.empty}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const value = column.value(row);
  if (column.show) return <td className={column.figures ? "lq-figures" : undefined}>{column.show(row)}</td>;
  if (value === null || value === undefined) return <td className={column.figures ? "lq-figures lq-quiet" : "lq-quiet"}>–</td>;
  const text = column.figures ? figure(String(value)) : String(value);
  return (
    <td className={column.figures ? "lq-figures" : undefined} title={text.length > 24 ? text : undefined}>
      {text}
    </td>
  );
}

/** By size where both are figures, else by text; nothing comes last. */
function compare(one: unknown, other: unknown): number {
  if (one === other) return 0;
  if (one === null || one === undefined) return 1;
  if (other === null || other === undefined) return -1;
  const [a, b] = [Number(one), Number(other)];
  if (!Number.isNaN(a) && !Number.isNaN(b)) return a - b;
  return String(one).localeCompare(String(other));
}
