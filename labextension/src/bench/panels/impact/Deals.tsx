// The deals that moved, the largest first, before and after; and how many moved how far.
import { useMemo, useState } from "react";

import { useScreen } from "../../context";
import { Bars, type Bar } from "../../parts/Bars";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { Pager } from "../../parts/Pager";
import { useAnswer } from "../../parts/answers";
import { change, grouped, large } from "../../parts/numbers";
import { keyText } from "../lineage/model";
import { amountText, variantTitle, type Ready, type TableAnswer } from "./model";

interface Page extends TableAnswer {
  keys: string[];
  fields: string[];
  figures: string[];
  count: number;
  offset: number;
}

const PAGE = 50;

export function Deals(props: { state: Ready; variant: string; entity: string; category: string }) {
  const { variant, entity, category, state } = props;
  const [offset, setOffset] = useState(0);
  const { against } = state.view;
  const narrow = { variant, entity, category, against };
  // From page to page of the same deals.
  const { former: answer, fault, busy } = useAnswer<Page>("impact.deals", { ...narrow, limit: PAGE, offset });
  if (fault) return <FaultText fault={fault} />;
  if (!answer) return <Waiting what="Comparing the deals before and after" />;
  if (!answer.count) return <p className="lq-quiet">{nothing(state, variant, category)}</p>;
  return (
    <div className="lq-deals">
      <div className="lq-deals-list">
        <div className="lq-pager-line">
          <Pager what={answer.count === 1 ? "deal" : "deals"} offset={answer.offset} shown={answer.rows.length} count={answer.count} page={PAGE} onTurn={setOffset} />
          {against && (
            <span className="lq-quiet lq-cut" title={`before: ${state.baseline}`}>
              before: {variantTitle(state, against)}
            </span>
          )}
        </div>
        <div className="lq-scroll" aria-busy={busy}>
          <DealTable page={answer} variant={variant} />
        </div>
      </div>
      <Histogram {...narrow} state={state} />
    </div>
  );
}

function nothing(state: Ready, variant: string, category: string): string {
  const { against } = state.view;
  const own = variantTitle(state, variant);
  if (against === variant) return `${own} is what the others are held against: its deals are the ones before.`;
  if (against) return `No deal${category && ` of ${category}`} differs between ${own} and ${variantTitle(state, against)}.`;
  return `No deal moved here: the rules of ${own} leave ${category || "all of them"} as they were, or act on sums of deals.`;
}

type Deal = TableAnswer["rows"][number];

function DealTable({ page, variant }: { page: Page; variant: string }) {
  const { select, selection } = useScreen();
  const at = (name: string) => page.columns.indexOf(name);
  const keyOf = (row: Deal) => Object.fromEntries(page.keys.map((name) => [name, row[at(name)]]));
  const parts = (field: string) => (page.figures.includes(field) ? ["before", "after", "change"] : ["before", "after"]);
  return (
    <table className="lq-table lq-deal-table" aria-label="Deals that moved">
      <thead>
        <tr>
          {page.keys.map((name) => (
            <th key={name} scope="col" rowSpan={2}>
              {words(name)}
            </th>
          ))}
          {page.fields.map((field) => (
            <th key={field} scope="colgroup" colSpan={parts(field).length} className="lq-first">
              {words(field)}
            </th>
          ))}
        </tr>
        <tr>
          {page.fields.map((field) =>
            parts(field).map((part) => (
              <th key={`${field} ${part}`} scope="col" className={`lq-figures${part === "before" ? " lq-first" : ""}`}>
                {part}
              </th>
            )),
          )}
        </tr>
      </thead>
      <tbody>
        {page.rows.map((row) => {
          const key = keyOf(row);
          const id = keyText(key);
          return (
            <tr key={id} className={selection.kind === "deal" && selection.id === id ? "lq-chosen" : undefined}>
              {page.keys.map((name, place) =>
                place ? (
                  <td key={name}>{String(row[at(name)] ?? "–")}</td>
                ) : (
                  <th key={name} scope="row">
                    <button type="button" className="lq-button lq-link" onClick={() => select({ kind: "deal", id, key, variant })}>
                      {String(row[at(name)] ?? "–")}
                    </button>
                  </th>
                ),
              )}
              {page.fields.map((field) =>
                parts(field).map((part) => (
                  <DealCell key={`${field} ${part}`} value={row[at(`${field}_${part}`)]} part={part} figures={page.figures.includes(field)} />
                )),
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function DealCell({ value, part, figures }: { value: Deal[number] | undefined; part: string; figures: boolean }) {
  const first = part === "before" ? " lq-first" : "";
  if (value === null || value === undefined) return <td className={`lq-figures lq-quiet${first}`}>–</td>;
  if (!figures) return <td className={first}>{String(value)}</td>;
  const text = plain(String(value));
  const moved = part === "change" && Number(text) !== 0;
  return (
    <td className={`lq-figures${first}${moved ? (text.startsWith("-") ? " lq-fell" : " lq-rose") : ""}`} title={grouped(text)}>
      {part === "change" ? change(short(text)) : grouped(short(text))}
    </td>
  );
}

function words(name: string): string {
  return name.replaceAll("_", " ");
}

/** Without the zeros that a type adds at its end. */
function plain(text: string): string {
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

/** Amounts with two decimals at most; small figures as they are. */
function short(text: string): string {
  return Math.abs(Number(text)) >= 100 ? amountText(text).replaceAll(",", "") : text;
}

interface Histogrammed extends TableAnswer {
  field: string;
  count: number;
}

function Histogram({ state, ...narrow }: { state: Ready; variant: string; entity: string; category: string; against: string }) {
  const { answer } = useAnswer<Histogrammed>("impact.histogram", narrow);
  const bars = useMemo<Bar[]>(
    () =>
      (answer?.rows ?? []).map(([low, high, rows, sum]) => ({
        id: String(low),
        name: `${power(String(low))} to ${power(String(high))}`,
        hint: `${grouped(String(rows))} deals, together ${change(plain(String(sum)))} ${state.unit}`,
        from: 0,
        to: Number(rows),
        told: (
          <>
            {grouped(String(rows))} <small>{signed(sumText(plain(String(sum))))}</small>
          </>
        ),
        tone: Number(high) > 0 ? "up" : "down",
      })),
    [answer, state.unit],
  );
  if (!answer) return <Waiting what="Counting" />;
  if (!bars.length) return null;
  return (
    <div className="lq-histogram">
      <h3>How far they moved</h3>
      <Bars label={`Deals by change of ${words(answer.field)}`} heads={[`change of ${words(answer.field)}`, "deals, sum"]} bars={bars} fromZero />
    </div>
  );
}

/** A power of ten as short as it gets: 10k, 1m. */
function power(text: string): string {
  const zeros = /^-?1(0*)$/.exec(text)?.[1]?.length ?? 0;
  if (zeros < 3) return text;
  const [word, less] = zeros >= 12 ? ["tn", 12] : zeros >= 9 ? ["bn", 9] : zeros >= 6 ? ["m", 6] : (["k", 3] as [string, number]);
  return `${text.startsWith("-") ? "-" : ""}1${"0".repeat(zeros - less)}${word}`;
}

function sumText(text: string): string {
  return Math.abs(Number(text)) >= 1_000_000 ? large(text) : amountText(text);
}

function signed(text: string): string {
  return text.startsWith("-") ? text : `+${text}`;
}
