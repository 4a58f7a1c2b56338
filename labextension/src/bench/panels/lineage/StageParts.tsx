// Below the way: the rows of the chosen step, the rules and parameters of the number, its fields.
import { useEffect, useMemo, useState } from "react";

import { useScreen } from "../../context";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { Pager } from "../../parts/Pager";
import { Table, type Column } from "../../parts/Table";
import { Tabs } from "../../parts/Tabs";
import { useAnswer } from "../../parts/answers";
import { figure, grouped, percent } from "../../parts/numbers";
import { RuleList } from "../impact/CellDetails";
import { SECTIONS, amountText } from "../impact/model";
import { Fields } from "./Fields";
import { rowsText } from "./Path";
import { keyText, type NumberTarget, type Page, type Parameter, type Target, type TouchingRule, type Trail } from "./model";

const PAGE = 50;

export function StageParts({ target, trail }: { target: Target; trail: Trail }) {
  const { bench, selection } = useScreen();
  const [tab, setTab] = useState("rows");
  // A deal chosen among the rows leaves the step as it is.
  const [operator, setOperator] = useState(trail.table);
  const picked = selection.kind === "operator" ? selection.id : undefined;
  useEffect(() => {
    if (trail.stages.some((each) => each.operator === picked)) setOperator(picked!);
  }, [trail, picked]);
  const stage = trail.stages.find((each) => each.operator === operator)!;
  const tabs = [
    { name: "rows", title: `Rows of ${operator}` },
    ...(target.kind === "number" ? [{ name: "rules", title: "Rules on the way" }, { name: "parameters", title: "Weights and paragraphs" }] : []),
    { name: "fields", title: "Where a field comes from" },
  ];
  const panel = `${bench.name}-stage`;
  return (
    <>
      <div className="lq-under-head">
        <Tabs label="At the chosen step" tabs={tabs} current={tab} controls={panel} onChoose={setTab} />
        <span className="lq-quiet lq-cut" title={stage.description}>
          {stage.description || `${stage.type}, ${rowsText(stage)}`}
        </span>
      </div>
      <div className="lq-under-body" id={panel} role="tabpanel" aria-label={tabs.find(({ name }) => name === tab)?.title ?? ""}>
        {tab === "rows" && <Rows key={operator} target={target} operator={operator} count={stage.rows} />}
        {tab === "rules" && target.kind === "number" && <Rules target={target} />}
        {tab === "parameters" && target.kind === "number" && <Parameters target={target} />}
        {tab === "fields" && <Fields key={operator} variant={target.variant} stage={stage} stages={trail.stages} />}
      </div>
    </>
  );
}

type Row = Page["rows"][number];

function Rows({ target, operator, count }: { target: Target; operator: string; count: number }) {
  const { select, selection } = useScreen();
  const [offset, setOffset] = useState(0);
  const back = target.kind === "number";
  const { kind: _, ...where } = target;
  // From page to page of the same rows.
  const { former: answer, fault, busy } = useAnswer<Page>(back ? "lineage.rows" : "lineage.fed", { ...where, operator, limit: PAGE, offset });
  const columns = useMemo<Column<Row>[]>(() => {
    if (!answer) return [];
    const order = [...answer.keys, ...answer.columns.filter((name) => !answer.keys.includes(name))];
    return order.map((name) => {
      const at = answer.columns.indexOf(name);
      const figures = answer.rows.some((row) => /^-?\d+\.\d+$/.test(String(row[at] ?? "")));
      return {
        name,
        title: name,
        unit: answer.keys.includes(name) ? "key" : undefined,
        figures,
        sortable: false,
        value: (row: Row) => row[at],
        show: figures ? (row: Row) => <Figure value={row[at]} /> : undefined,
      };
    });
  }, [answer]);
  if (fault) return <FaultText fault={fault} />;
  if (!answer) return <Waiting what={`Reading the rows of ${operator}`} />;
  const keyOf = (row: Row) => Object.fromEntries(answer.keys.map((name) => [name, row[answer.columns.indexOf(name)]]));
  return (
    <div className="lq-deals-list">
      <Pager what={count === 1 ? "row" : "rows"} offset={answer.offset} shown={answer.rows.length} count={count} page={PAGE} onTurn={setOffset} />
      <div className="lq-scroll" aria-busy={busy}>
        <Table
          label={`Rows of ${operator}`}
          columns={columns}
          rows={answer.rows}
          id={(row) => keyText(keyOf(row))}
          chosen={selection.kind === "deal" ? selection.id : undefined}
          onChoose={(row) => select({ kind: "deal", id: keyText(keyOf(row)), key: keyOf(row), variant: target.variant })}
        />
      </div>
    </div>
  );
}

function Figure({ value }: { value: Row[number] | undefined }) {
  if (value === null || value === undefined) return <>–</>;
  const text = String(value);
  const short = text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
  return <span title={grouped(text)}>{figure(short)}</span>;
}

function Rules({ target }: { target: NumberTarget }) {
  const { kind: _, ...where } = target;
  const { answer, fault } = useAnswer<TouchingRule[]>("lineage.rules", where);
  if (fault) return <FaultText fault={fault} />;
  if (!answer) return <Waiting what="Counting the rows that each rule changed" />;
  if (!answer.length) return <p className="lq-quiet">No rule stands on the way of this number{target.variant ? "" : ": it is the baseline's"}.</p>;
  const touching = answer.filter(({ rows }) => rows);
  const idle = answer.filter(({ rows }) => !rows);
  return (
    <div className="lq-rules">
      {touching.map((rule) => (
        <div key={`${rule.operator} ${rule.rule}`}>
          <p className="lq-count">
            <b>{grouped(String(rule.rows))}</b> {rule.rows === 1 ? "row" : "rows"} changed
          </p>
          <RuleList rules={[rule]} />
        </div>
      ))}
      {idle.length > 0 && <p className="lq-quiet">Without effect here: {idle.map(({ rule }) => rule).join(", ")}.</p>}
    </div>
  );
}

function Parameters({ target }: { target: NumberTarget }) {
  const { kind: _, ...where } = target;
  const { answer, fault } = useAnswer<Parameter[]>("lineage.parameters", where);
  if (fault) return <FaultText fault={fault} />;
  if (!answer) return <Waiting what="Reading the weights that count" />;
  const columns: Column<Parameter>[] = [
    { name: "section", title: "Section", value: ({ section }) => SECTIONS[section] ?? section },
    { name: "description", title: "Category", value: ({ description, category }) => description || category, show: ({ description, category }) => <span title={description}>{description || category}</span> },
    { name: "category", title: "Code", value: ({ category }) => category },
    { name: "weight", title: "Weight", unit: "in the standard", figures: true, value: ({ weight }) => weight, show: ({ weight }) => (weight === null ? "national" : percent(weight)) },
    { name: "paragraph", title: "Paragraph", value: ({ paragraph }) => paragraph },
    { name: "amount", title: "Weighted amount", figures: true, value: ({ amount }) => amount, show: ({ amount }) => <span title={grouped(amount)}>{amountText(amount)}</span> },
  ];
  return (
    <div className="lq-scroll">
      <Table label="Weights and paragraphs" columns={columns} rows={answer} id={({ section, category }) => `${section} ${category}`} empty="Nothing counts here." />
    </div>
  );
}
