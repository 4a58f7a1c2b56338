// A table that is under the hash, its figures exact on hover.
import { useMemo } from "react";

import { grouped, figure } from "../../parts/numbers";
import { Table, type Column } from "../../parts/Table";
import { isFigure, shown, type ReviewTable, type Value } from "./model";

const TITLES: Record<string, string> = {
  figures: "Control sums of what is published, before and after",
  steps: "Steps of the calculation that differ",
  "impact/by_entity.csv": "Entity by entity",
  "recalc_plan.csv": "What was calculated anew",
};

/** Words for what the tables have as codes. */
const WORDS: Record<string, Record<string, string>> = {
  "recalc_plan.csv": { rows: "only the rows that change", groups: "only the groups that change", full: "in full" },
};

export function ReviewTablePart({ table }: { table: ReviewTable }) {
  const columns = useMemo(() => columnsOf(table), [table]);
  const title = TITLES[table.name] ?? table.name;
  return (
    <section className="lq-desk-section" aria-label={title}>
      <h3>
        {title}
        {sameInAll(table).map((at) => `, ${table.columns[at]!.name.toLowerCase()} ${String(table.rows[0]![at])}`)}
        {table.count > table.rows.length && ` (the first ${figure(table.rows.length)} of ${figure(table.count)} rows; the file has all)`}
      </h3>
      <div className={`lq-scroll lq-desk-tall${hasRatios(table) ? "" : " lq-desk-fit"}`} tabIndex={0} role="region" aria-label={`${title}, table`}>
        <Table label={title} columns={columns} rows={table.rows} id={(_, n) => String(n)} empty="Nothing differs." />
      </div>
    </section>
  );
}

function isOfFigures({ rows }: ReviewTable, at: number): boolean {
  return rows.some((row) => row[at] !== null && row[at] !== "") && rows.every((row) => isFigure(row[at]!));
}

function isVerdict({ rows }: ReviewTable, at: number): boolean {
  return rows.every((row) => row[at] === "true" || row[at] === "false");
}

/** The columns of names that say nothing between the rows, as they are the same in all. */
function sameInAll(table: ReviewTable): number[] {
  if (!hasRatios(table) || table.rows.length < 2) return [];
  const [first] = table.rows;
  return table.columns.map((_, at) => at).filter((at) => !isOfFigures(table, at) && !isVerdict(table, at) && table.rows.every((row) => row[at] === first![at]));
}

function hasRatios({ columns }: ReviewTable): boolean {
  return columns.some(({ kind }) => kind);
}

function columnsOf(table: ReviewTable): Column<Value[]>[] {
  const words = WORDS[table.name] ?? {};
  const found = table.columns.map((column, at) => ({ ...column, at, figures: isOfFigures(table, at) }));
  // Where there are ratios, these are what is looked for: next to what they are of.
  const place = ({ kind, figures, at }: (typeof found)[number]) => (kind || isVerdict(table, at) ? 1 : figures ? 2 : 0);
  const same = sameInAll(table);
  const ordered = hasRatios(table) ? found.filter(({ at }) => !same.includes(at)).sort((one, other) => place(one) - place(other)) : found;
  return ordered.map(({ name, kind, at, figures }) => ({
    name: `${at}`,
    title: name,
    figures,
    value: (row) => row[at],
    show: (row) => <span title={figures ? `exactly ${grouped(String(row[at] ?? ""))}` : String(row[at] ?? "")}>{words[String(row[at])] ?? shown(row[at]!, kind)}</span>,
  }));
}
