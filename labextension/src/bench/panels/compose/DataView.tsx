// A look at an operator's data: how many rows, what every field holds, and the first of them.
import { useEffect, useState } from "react";

import { Button, IconButton } from "../../parts/Button";
import { Empty, Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { Table, type Column } from "../../parts/Table";
import { useAsk } from "../../parts/answers";
import { figure, percent } from "../../parts/numbers";

export interface FieldLook {
  name: string;
  type: string;
  nulls: number;
  distinct: number;
  lowest: string | number | null;
  highest: string | number | null;
  top: [string | number | boolean | null, number][];
  bins: number[];
}

export interface Look {
  operator: string;
  rows: number;
  read: number | null;
  available: number | null;
  profiled: number;
  keys: string[];
  fields: FieldLook[];
  first: (string | number | boolean | null)[][];
}

export function DataView(props: { operator: string | undefined; version: string; onRunTo: (id: string) => void; running: boolean }) {
  const { operator, version, onRunTo, running } = props;
  const { ask, forget, answer, fault, busy } = useAsk<Look>("data.preview");
  const [view, setView] = useState<"rows" | "fields">("rows");
  useEffect(() => {
    if (operator === undefined) {
      forget();
      return undefined;
    }
    const soon = setTimeout(() => void ask({ operator }), 250);
    return () => clearTimeout(soon);
  }, [ask, forget, operator, version]);
  if (operator === undefined)
    return (
      <Empty title="No operator is chosen">
        <p>Choose one on the canvas to see its first rows and what its fields hold.</p>
      </Empty>
    );
  const look = answer?.operator === operator ? answer : undefined;
  return (
    <div className="lq-data">
      <div className="lq-bar">
        <b>{operator}</b>
        {look && <Counts look={look} />}
        {busy && <Waiting what={look ? "Looking again" : "Looking at the data"} />}
        <span className="lq-space" />
        {look && (
          <div className="lq-switch" role="group" aria-label="Show">
            <Button look="quiet" aria-pressed={view === "rows"} onClick={() => setView("rows")}>
              Rows
            </Button>
            <Button look="quiet" aria-pressed={view === "fields"} onClick={() => setView("fields")}>
              Fields
            </Button>
          </div>
        )}
        {look?.read != null && (
          <Button icon="run" disabled={running} onClick={() => onRunTo(operator)}>
            Run to here for all of it
          </Button>
        )}
        <IconButton icon="redo" label="Look again" onClick={() => void ask({ operator })} />
      </div>
      <div className="lq-data-body" tabIndex={0} role="region" aria-label={`Data of ${operator}`}>
        {fault && (
          <p className="lq-note lq-bad">
            <FaultText fault={fault} />
          </p>
        )}
        {look && (view === "rows" ? <Rows look={look} /> : <Fields look={look} />)}
      </div>
    </div>
  );
}

function Counts({ look }: { look: Look }) {
  const { rows, read, available } = look;
  const told = rows === 1 ? "1 row" : `${figure(rows)} rows`;
  if (read === null) return <span className="lq-quiet">{told}, all there are</span>;
  const of = available === null ? "" : ` of ${figure(available)}`;
  return (
    <span className="lq-quiet">
      {told} from a sample of {figure(read)}
      {of} rows read
    </span>
  );
}

const FIGURES = /^(decimal|bigint|int|smallint|tinyint)/;

function Rows({ look }: { look: Look }) {
  const columns: Column<Look["first"][number]>[] = look.fields.map((field, place) => ({
    name: field.name,
    title: (
      <>
        {field.name}
        {look.keys.includes(field.name) && <span className="lq-badge">key</span>}
        <Distribution field={field} of={look.profiled} />
      </>
    ),
    unit: field.type,
    figures: FIGURES.test(field.type),
    value: (row) => row[place],
    sortable: true,
  }));
  return (
    <>
      <Table label={`First rows of ${look.operator}`} columns={columns} rows={look.first} id={(_, place) => String(place)} empty="No row comes out." />
      {look.rows > look.first.length && <p className="lq-more-rows lq-quiet">The first {look.first.length} rows are shown.</p>}
    </>
  );
}

function Fields({ look }: { look: Look }) {
  const columns: Column<FieldLook>[] = [
    { name: "name", title: "Field", value: ({ name }) => name, show: (field) => <b>{field.name}</b> },
    { name: "type", title: "Type", value: ({ type }) => type },
    { name: "bins", title: "Distribution", value: () => null, sortable: false, show: (field) => <Distribution field={field} of={look.profiled} /> },
    {
      name: "nulls",
      title: "Empty",
      figures: true,
      value: ({ nulls }) => nulls,
      show: ({ nulls }) => (nulls ? `${figure(nulls)} (${percent(nulls / look.profiled)})` : <span className="lq-quiet">none</span>),
    },
    { name: "distinct", title: "Different", figures: true, value: ({ distinct }) => distinct },
    { name: "lowest", title: "Lowest", figures: true, value: ({ lowest }) => lowest, show: (field) => ended(field, field.lowest) },
    { name: "highest", title: "Highest", figures: true, value: ({ highest }) => highest, show: (field) => ended(field, field.highest) },
    { name: "top", title: "Most frequent", value: ({ top }) => String(top[0]?.[0] ?? ""), show: (field) => <Top field={field} /> },
  ];
  return <Table label={`Fields of ${look.operator}`} columns={columns} rows={look.fields} id={({ name }) => name} />;
}

function ended(field: FieldLook, value: string | number | null): string {
  return FIGURES.test(field.type) ? figure(value) : String(value ?? "–");
}

function Top({ field }: { field: FieldLook }) {
  const shown = field.top.slice(0, 3).map(([value, count]) => `${String(value)} (${figure(count)})`);
  if (field.distinct > 20 && field.top[0]?.[1] === 1) return <span className="lq-quiet">all different</span>;
  return <span title={field.top.map(([value, count]) => `${String(value)}: ${figure(count)}`).join("\n")}>{shown.join(", ")}</span>;
}

const [WIDE, HIGH] = [96, 22];

/** Figures and dates as a histogram, texts as the shares of the most frequent ones. */
function Distribution({ field, of }: { field: FieldLook; of: number }) {
  const { bins, top, nulls, distinct } = field;
  const said =
    `${figure(distinct)} different` +
    (nulls ? `, ${figure(nulls)} empty` : "") +
    (field.lowest !== null ? `, from ${ended(field, field.lowest)} to ${ended(field, field.highest)}` : "");
  const most = Math.max(...bins, 1);
  const step = WIDE / Math.max(bins.length, 1);
  let left = 0;
  return (
    <svg className="lq-distribution" viewBox={`0 0 ${WIDE} ${HIGH}`} width={WIDE} height={HIGH} role="img" aria-label={said}>
      <title>{said}</title>
      {bins.map((count, place) => {
        const high = count ? Math.max(1.5, (count / most) * HIGH) : 0;
        return <rect key={place} x={place * step} y={HIGH - high} width={step - 1} height={high} />;
      })}
      {!bins.length &&
        of > 0 &&
        top.map(([value, count], place) => {
          const wide = (count / of) * WIDE;
          left += wide;
          return (
            <rect key={String(value)} className={place % 2 ? "lq-odd" : undefined} x={left - wide} y={HIGH - 9} width={Math.max(wide - 1, 0.5)} height={9}>
              <title>{`${String(value)}: ${figure(count)}`}</title>
            </rect>
          );
        })}
    </svg>
  );
}
