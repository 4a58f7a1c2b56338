// A table that is under the hash, its figures exact on hover.
import { useMemo } from "react";

import { grouped, figure } from "../../parts/numbers";
import { Table, type Column } from "../../parts/Table";
import { isFigure, shown, type ReviewTable, type Value } from "./model";

const TITLES: Record<string, string> = {
  figures: "Every published figure, before and after",
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
        {table.count > table.rows.length && ` (the first ${figure(table.rows.length)} of ${figure(table.count)} rows; the file has all)`}
      </h3>
      <div className={`lq-scroll lq-desk-tall${hasRatios(table) ? "" : " lq-desk-fit"}`} tabIndex={0} role="region" aria-label={`${title}, table`}>
        <Table label={title} columns={columns} rows={table.rows} id={(_, n) => String(n)} empty="Nothing differs." />
      </div>
    </section>
  );
}

function hasRatios({ columns }: ReviewTable): boolean {
  return columns.some(({ kind }) => kind);
}

function columnsOf(table: ReviewTable): Column<Value[]>[] {
  const words = WORDS[table.name] ?? {};
  const isOfFigures = (at: number) => table.rows.some((row) => row[at] !== null && row[at] !== "") && table.rows.every((row) => isFigure(row[at]!));
  const found = table.columns.map((column, at) => ({ ...column, at, figures: isOfFigures(at) }));
  // Where there are ratios, these are what is looked for: next to what they are of.
  const place = ({ kind, figures }: (typeof found)[number]) => (kind ? 1 : figures ? 2 : 0);
  const ordered = hasRatios(table) ? [...found].sort((one, other) => place(one) - place(other)) : found;
  return ordered.map(({ name, kind, at, figures }) => ({
    name: `${at}`,
    title: name,
    figures,
    value: (row) => row[at],
    show: (row) => <span title={figures ? `exactly ${grouped(String(row[at] ?? ""))}` : String(row[at] ?? "")}>{words[String(row[at])] ?? shown(row[at]!, kind)}</span>,
  }));
}
