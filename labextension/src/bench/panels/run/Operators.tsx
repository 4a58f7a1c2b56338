// The operators of the run and its variants, as tables.
import { useScreen, useSelected } from "../../context";
import { figure } from "../../parts/numbers";
import { Table, type Column } from "../../parts/Table";
import { resultOf } from "./marks";
import { TONES, WORDS, type OperatorMark, type RunState, type VariantMark } from "./model";

type Row = OperatorMark & { id: string };

function Mark({ mark }: { mark: { state: OperatorMark["state"] } }) {
  return <span className={`lq-state lq-state-${TONES[mark.state]}`}>{WORDS[mark.state]}</span>;
}

const COLUMNS: Column<Row>[] = [
  { name: "id", title: "Operator", value: (row) => row.id },
  { name: "state", title: "State", value: (row) => row.state, show: (row) => <Mark mark={row} /> },
  { name: "rows", title: "Rows", figures: true, value: (row) => row.rows },
  { name: "seconds", title: "Time", unit: "s", figures: true, value: (row) => row.seconds, show: (row) => (row.seconds ? figure(row.seconds.toFixed(2)) : "–") },
  {
    name: "stored",
    title: "Result",
    value: resultOf,
  },
  {
    name: "keys",
    title: "Key check",
    value: (row) => (row.keys ? "kept" : ""),
    show: (row) => (row.keys ? <span title={`Every row has its key; hash over all keys: ${row.keys}`}>✓ kept</span> : <span className="lq-quiet">–</span>),
  },
];

export function Operators({ state }: { state: RunState }) {
  const { select } = useScreen();
  const [chosen] = useSelected("operator");
  const rows = Object.entries(state.operators).map(([id, mark]) => ({ id, ...mark }));
  return (
    <Table
      label="Operators of the run"
      columns={COLUMNS}
      rows={rows}
      id={(row) => row.id}
      chosen={chosen}
      onChoose={(row) => select({ kind: "operator", id: row.id })}
    />
  );
}

const BY: Record<string, string> = {
  stored: "stored from before",
  local: "small results only",
  cube: "priced from sums",
  delta: "changed rows only",
  full: "in full",
};

const VARIANT_COLUMNS: Column<VariantMark>[] = [
  { name: "scenario", title: "Scenario", value: (row) => row.scenario },
  { name: "point", title: "Injected behind", value: (row) => row.point },
  { name: "state", title: "State", value: (row) => row.state, show: (row) => <Mark mark={row} /> },
  { name: "rows", title: "Rows matched", figures: true, value: (row) => row.rows },
  { name: "seconds", title: "Time", unit: "s", figures: true, value: (row) => row.seconds, show: (row) => (row.seconds ? figure(row.seconds.toFixed(2)) : "–") },
  { name: "strategy", title: "How", value: (row) => row.message || BY[row.strategy] || "" },
];

/** What the run says of the chosen operator. */
export function OperatorFacts({ state }: { state: RunState }) {
  const [chosen] = useSelected("operator");
  const mark = chosen === undefined ? undefined : state.operators[chosen];
  if (!mark) return null;
  const facts: [string, string][] = [
    ["Rows", mark.rows === null ? "" : figure(mark.rows)],
    ["Time", mark.seconds ? `${figure(mark.seconds.toFixed(2))} s` : ""],
    ["Result", resultOf(mark)],
    ["Keys", mark.keys && `kept; hash over all of them ${mark.keys}`],
  ];
  return (
    <section className="lq-facts" aria-label={`Run of ${chosen}`}>
      <h2>
        {chosen} <Mark mark={mark} />
      </h2>
      <dl>
        {facts.map(
          ([name, said]) =>
            said && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{said}</dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}

export function Variants({ state }: { state: RunState }) {
  if (!state.variants.length) return null;
  const failed = state.variants.filter((each) => each.state === "failed");
  return (
    <>
      <h3>Variants</h3>
      <div className="lq-scroll">
        <Table label="Variants" columns={VARIANT_COLUMNS} rows={state.variants} id={(row) => row.name} />
      </div>
      {failed.map((each) => (
        <p key={each.name} className="lq-note lq-bad">
          <b>{each.name}</b>: {each.message}
        </p>
      ))}
    </>
  );
}
