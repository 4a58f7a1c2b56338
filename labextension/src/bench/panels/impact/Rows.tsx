// An entity's row; opened, its other figures, and what its categories contribute.
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { Icon } from "../../parts/Icon";
import { useAnswer } from "../../parts/answers";
import { percent } from "../../parts/numbers";
import type { TableProps } from "./ImpactTable";
import {
  capital,
  changeText,
  exactly,
  metricOf,
  moved,
  BURDENS,
  SECTIONS,
  tone,
  valueText,
  type Base,
  type CategoryRow,
  type FigureRow,
  type Metric,
  type Row,
  type Shown,
} from "./model";

export function EntityRows(props: TableProps & { row: Row; open: boolean; onToggle: () => void }) {
  const { row, open, onToggle, state } = props;
  const metric = metricOf(state, state.metric);
  return (
    <tbody>
      <tr className="lq-entity">
        <th scope="row" title={[row.name, row.detail, row.unit].filter(Boolean).join(" · ")}>
          <Opener open={open} what={`${row.name}: figures and categories`} onToggle={onToggle} />
          <span>{row.name}</span> {row.detail && <small>{row.detail}</small>}
        </th>
        <FigureCells {...props} entity={row.name} category="" metric={metric} base={row.base} cells={row.cells} unit={row.unit} />
      </tr>
      {open && <Opened key={`${state.number} ${JSON.stringify({ ...state.view, shown: 0, filter: "" })}`} {...props} />}
    </tbody>
  );
}

export function Opener({ open, what, onToggle }: { open: boolean; what: string; onToggle: () => void }) {
  return (
    <button type="button" className="lq-opener" aria-expanded={open} aria-label={what} onClick={onToggle}>
      <Icon name={open ? "down" : "right"} />
    </button>
  );
}

function Opened(props: TableProps & { row: Row }) {
  const { row, state } = props;
  const { answer, fault, busy } = useAnswer<{ figures: FigureRow[]; categories: CategoryRow[] }>("impact.entity", { entity: row.name });
  const width = 2 + 2 * state.variants.length;
  if (!answer)
    return (
      <tr className="lq-behind">
        <td colSpan={width}>
          {busy && <Waiting what={`Reading the categories of ${row.name}`} />}
          {fault && <FaultText fault={fault} />}
        </td>
      </tr>
    );
  const metric = metricOf(state, state.metric);
  const weighted = (section: string): Metric => ({ name: metric.name, title: "weighted amount", ratio: false, burden: BURDENS.includes(section) });
  return (
    <>
      {answer.figures.map((figure) => (
        <tr key={figure.metric.name} className="lq-behind">
          <th scope="row">
            {capital(figure.metric.title)} <small>{figure.metric.ratio ? "%" : row.unit}</small>
          </th>
          <FigureCells {...props} entity={row.name} category="" metric={figure.metric} base={figure.base} cells={figure.cells} unit={row.unit} />
        </tr>
      ))}
      {answer.categories.map((line, place) => [
        line.section !== answer.categories[place - 1]?.section && (
          <tr key={line.section} className="lq-section">
            <th scope="rowgroup" colSpan={width}>
              {SECTIONS[line.section] ?? line.section} <small>weighted amounts{row.unit && `, ${row.unit}`}</small>
            </th>
          </tr>
        ),
        <tr key={`${line.section} ${line.category}`} className="lq-behind">
          <th scope="row" title={[line.category, line.description, line.paragraph].filter(Boolean).join(" · ")}>
            <span>{line.description || line.category}</span>{" "}
            <small>
              {line.weight !== null && `${percent(line.weight).replace(".0 %", " %")} · `}
              {line.category}
            </small>
          </th>
          <FigureCells {...props} entity={row.name} category={line.category} metric={weighted(line.section)} base={line.base} cells={line.cells} unit={row.unit} />
        </tr>,
      ])}
      {!answer.categories.length && (
        <tr className="lq-behind">
          <td colSpan={width} className="lq-quiet">
            {state.view.changed_only ? "No category changed." : "No category contributes."}
          </td>
        </tr>
      )}
    </>
  );
}

export function FigureCells(
  props: TableProps & { entity: string; category: string; metric: Metric; base: Base; cells: Shown[]; unit: string },
) {
  const { state, cell, onChoose, entity, category, metric, base, cells, unit } = props;
  const { relative } = state.view;
  const row = (cell.entity ?? "") === entity && (cell.category ?? "") === category && (cell.metric ?? "") === metric.name;
  const chosen = (variant: string) => row && (cell.variant ?? "") === variant;
  const of = entity || "all entities";
  const choose = (variant: string) => onChoose({ variant, entity, category, metric: metric.name });
  // The one stop of the Tab key: the chosen cell, or the first of all.
  const first = !state.cell && entity === (state.totals ? "" : state.rows[0]?.name) && metric.name === (state.totals?.[0]?.metric.name ?? metric.name);
  return (
    <>
      <td className={`lq-first lq-num${base[1] ? " lq-breach" : ""}`}>
        <CellButton
          said={`${of}, ${metric.title}, ${state.baseline}: ${exactly(base[0], metric.ratio, unit)}${base[1] ? ", below the limit" : ""}`}
          figure={base[0]}
          hint={exactly(base[0], metric.ratio, unit)}
          chosen={chosen("")}
          stop={first || chosen("")}
          onChoose={() => choose("")}
        >
          {base[1] && <Breach />}
          {base[0] === null && !metric.ratio ? "–" : valueText(base[0], metric.ratio, category ? undefined : state.limit)}
        </CellButton>
      </td>
      {cells.map((shown, place) => {
        const variant = state.variants[place]!;
        if (!shown)
          return (
            <td key={variant.name} className="lq-first lq-none" colSpan={2} title={variant.error || undefined}>
              {variant.ran ? "–" : "✗"}
            </td>
          );
        const [value, change, mark] = shown;
        const same = mark === "=" || (!metric.ratio && change !== null && Number(change) === 0);
        const colour = tone(moved(shown, base, metric.ratio, relative), metric.burden);
        const unitOfChange = relative ? " %" : metric.ratio ? " percentage points" : unit && ` ${unit}`;
        const breach = mark === "breach" || mark === "new";
        const told = `${of}, ${category || metric.title}, ${variant.scenario} after ${variant.point}`;
        const words = mark === "new" ? ", below the limit only now" : breach ? ", below the limit" : "";
        return [
          <td key={`${variant.name} value`} className={`lq-first lq-num ${colour}${breach ? " lq-breach" : ""}${mark === "new" ? " lq-new" : ""}${same ? " lq-same" : ""}`}>
            <CellButton
              said={`${told}: ${exactly(value, metric.ratio, unit)}${words}`}
              figure={value}
              hint={`${exactly(value, metric.ratio, unit)}${words}`}
              chosen={chosen(variant.name)}
              stop={chosen(variant.name)}
              onChoose={() => choose(variant.name)}
            >
              {breach && <Breach />}
              {valueText(value, metric.ratio, category ? undefined : state.limit)}
            </CellButton>
          </td>,
          <td key={`${variant.name} change`} className={`lq-num lq-change ${colour}${same ? " lq-same" : ""}`}>
            <CellButton
              said={`${told}, change: ${same ? "none" : `${change}${unitOfChange}`}`}
              figure={change}
              hint={same ? "unchanged" : change === null ? "undefined" : `${change}${unitOfChange}`}
              chosen={chosen(variant.name)}
              stop={false}
              onChoose={() => choose(variant.name)}
            >
              {changeText(change, metric.ratio, relative, same)}
            </CellButton>
          </td>,
        ];
      })}
    </>
  );
}

function Breach() {
  return (
    <span className="lq-mark" aria-hidden="true">
      ▼
    </span>
  );
}

function CellButton(props: {
  said: string;
  figure: string | null;
  hint: string;
  chosen: boolean;
  stop: boolean;
  onChoose: () => void;
  children: React.ReactNode;
}) {
  return (
    <button
      type="button"
      className="lq-cell"
      aria-label={props.said}
      aria-pressed={props.chosen}
      tabIndex={props.stop ? 0 : -1}
      title={props.hint}
      data-figure={props.figure ?? ""}
      onClick={props.onChoose}
    >
      {props.children}
    </button>
  );
}
