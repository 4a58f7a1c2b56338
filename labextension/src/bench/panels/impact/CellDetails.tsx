// What a chosen cell says: the figure, before and after, the scenario's rules in words.
import { useScreen } from "../../context";
import { Button } from "../../parts/Button";
import { useAnswer } from "../../parts/answers";
import { capital, changeText, exactly, metricOf, valueText, type Base, type Cell, type Ready, type Rule, type Shown } from "./model";

export function CellDetails({ state, cell }: { state: Ready; cell: Cell }) {
  const { setStep, act } = useScreen();
  const metric = metricOf(state, cell.metric);
  const place = state.variants.findIndex((each) => each.name === cell.variant);
  const variant = state.variants[place];
  const row = cell.category ? undefined : rowOf(state, cell);
  const unit = (row && "unit" in row && row.unit) || state.unit;
  const shown = place >= 0 ? row?.cells[place] : undefined;
  return (
    <div className="lq-cell-details">
      <h2>{cell.entity || "All entities"}</h2>
      <p className="lq-quiet">
        {cell.category ? `Category ${cell.category}` : `${capital(metric.title)}${unitOf(metric.ratio, unit)}`} · as of {state.as_of}
      </p>
      {row && <Figures base={row.base} shown={shown} baseline={state.baseline} state={state} ratio={metric.ratio} unit={unit} />}
      <div className="lq-buttons lq-from-left">
        <Button look="primary" onClick={() => setStep("lineage")} disabled={!cell.entity} title={cell.entity ? undefined : "Choose the cell of one entity to trace it"}>
          Trace this number
        </Button>
        {variant?.ran && state.view.against !== variant.name && (
          <Button onClick={() => void act("impact.view", { changes: { against: variant.name } })}>Hold the others against it</Button>
        )}
      </div>
      {variant && (
        <>
          <h3>
            {variant.scenario} <span>after {variant.point}</span>
          </h3>
          {variant.description && <p>{variant.description}</p>}
          {variant.error && <p className="lq-note lq-bad">{variant.error}</p>}
          {variant.note && <p className="lq-note lq-warn">{variant.note}</p>}
          <Rules variant={variant.name} number={state.number} />
        </>
      )}
    </div>
  );
}

function Figures(props: { base: Base; shown: Shown | undefined; baseline: string; state: Ready; ratio: boolean; unit: string }) {
  const { base, shown, baseline, state, ratio, unit } = props;
  const { relative } = state.view;
  const breach = shown?.[2] === "breach" || shown?.[2] === "new";
  return (
    <dl className="lq-facts">
      <dt>{baseline}</dt>
      <dd title={exactly(base[0], ratio, unit)}>
        {valueText(base[0], ratio, state.limit)} {ratio && base[0] !== null && "%"}
        {base[1] && <span className="lq-bad"> below the limit</span>}
      </dd>
      {shown && (
        <>
          <dt>Here</dt>
          <dd title={exactly(shown[0], ratio, unit)}>
            <b>
              {valueText(shown[0], ratio, state.limit)} {ratio && shown[0] !== null && "%"}
            </b>
            {breach && <span className="lq-bad"> below the limit{shown[2] === "new" && " only now"}</span>}
          </dd>
          <dt>Change</dt>
          <dd title={shown[1] ?? undefined}>
            {changeText(shown[1], ratio, relative, shown[2] === "=")} {shown[1] !== null && shown[2] !== "=" && (relative ? "%" : ratio ? "percentage points" : "")}
          </dd>
          <dt>Exact</dt>
          <dd className="lq-exact">{exactly(shown[0], ratio, unit)}</dd>
        </>
      )}
    </dl>
  );
}

function Rules({ variant, number }: { variant: string; number: number }) {
  const { answer } = useAnswer<Rule[]>("impact.rules", { variant });
  return <RuleList key={number} rules={answer ?? []} />;
}

export function RuleList({ rules }: { rules: readonly (Rule & { rows?: number })[] }) {
  return (
    <ul className="lq-rule-list">
      {rules.map((rule) => (
        <li key={`${rule.after} ${rule.rule}`}>
          <b>{rule.rule}</b> <small>after {rule.after}</small>
          <p>{rule.what}</p>
          {rule.reason && <p className="lq-quiet">{rule.reason}</p>}
          {rule.approved_by && (
            <p className="lq-quiet">
              approved by {rule.approved_by}
              {rule.approved_at && `, ${rule.approved_at.slice(0, 10)}`}
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

function rowOf(state: Ready, cell: Cell) {
  const metric = cell.metric ?? state.metric;
  if (!cell.entity) return state.totals?.find((each) => each.metric.name === metric);
  return metric === state.metric ? state.rows.find((each) => each.name === cell.entity) : undefined;
}

function unitOf(ratio: boolean, unit: string): string {
  return ratio ? ", %" : unit && `, ${unit}`;
}
