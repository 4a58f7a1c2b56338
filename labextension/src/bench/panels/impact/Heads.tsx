// The heads of the impact table: scenario, injection point, what is in the column; they sort.
import { useScreen } from "../../context";
import { capital, metricOf, type Ready, type View } from "./model";

export function Heads({ state }: { state: Ready }) {
  const groups = grouped(state);
  const metric = metricOf(state, state.metric);
  const value = metric.ratio ? `${metric.title}, %` : `${capital(metric.title)}${state.unit ? `, ${state.unit}` : ""}`;
  const moved = state.view.relative ? "change, %" : metric.ratio ? "change, pp" : "change";
  const points = new Set(state.variants.map((each) => each.point)).size > 1;
  return (
    <thead>
      <tr>
        <Sorting state={state} by="name" part="value" rows={points ? 3 : 2}>
          Entity
        </Sorting>
        <th scope="colgroup" rowSpan={points ? 2 : 1} className="lq-first lq-scenario">
          <span title={state.baseline}>{state.view.against ? breakable(state.baseline) : "Baseline"}</span>
        </th>
        {groups.map(([scenario, members]) => (
          <th key={scenario} scope="colgroup" colSpan={2 * members.length} className="lq-first lq-scenario" title={members[0]!.description || undefined}>
            {breakable(scenario)}
            {members.length === 1 && !members[0]!.ran && <Failed error={members[0]!.error} />}
          </th>
        ))}
      </tr>
      {points && (
        <tr>
          {state.variants.map((each) => (
            <th key={each.name} scope="colgroup" colSpan={2} className="lq-first lq-point">
              after {breakable(each.point)}
              {!each.ran && <Failed error={each.error} />}
            </th>
          ))}
        </tr>
      )}
      <tr>
        <Sorting state={state} by="baseline" part="value" first>
          {value}
        </Sorting>
        {state.variants.map((each) => [
          <Sorting key={`${each.name} value`} state={state} by={each.name} part="value" first>
            {value}
          </Sorting>,
          <Sorting key={`${each.name} change`} state={state} by={each.name} part="change">
            {moved}
          </Sorting>,
        ])}
      </tr>
    </thead>
  );
}

function Failed({ error }: { error: string }) {
  return (
    <span className="lq-bad" title={error}>
      {" "}
      ✗ failed
    </span>
  );
}

function Sorting(props: {
  state: Ready;
  by: string;
  part: View["part"];
  rows?: number;
  first?: boolean;
  children: string;
}) {
  const { act } = useScreen();
  const { by, part } = props;
  const { view } = props.state;
  const current = view.by === by && (by === "name" || view.part === part);
  const figures = by !== "name";
  const next = () => {
    // First what is most wanted: the lowest figure, the largest fall, the names from A; then the other way; then the worst.
    if (!current) return { by, part, descending: false };
    if (!view.descending) return { by, part, descending: true };
    return { by: "worst", part: "value", descending: false };
  };
  return (
    <th
      scope="col"
      rowSpan={props.rows}
      aria-sort={current ? (view.descending ? "descending" : "ascending") : "none"}
      className={figures ? (props.first ? "lq-first lq-unit-head" : "lq-unit-head") : "lq-name"}
    >
      <button type="button" title={`Sort by ${props.children}`} onClick={() => void act("impact.view", { changes: next() })}>
        {props.children}
      </button>
    </th>
  );
}

function grouped(state: Ready): [string, Ready["variants"]][] {
  const found: [string, Ready["variants"]][] = [];
  for (const each of state.variants) {
    const last = found[found.length - 1];
    if (last && last[0] === each.scenario) last[1].push(each);
    else found.push([each.scenario, [each]]);
  }
  return found;
}

/** A long name may break at its underscores and plus signs. */
export function breakable(name: string) {
  return name.split(/(?<=[_+])/).map((part, place) => [place > 0 && <wbr key={place} />, part]);
}
