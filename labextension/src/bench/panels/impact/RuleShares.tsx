// Rule by rule: a waterfall from the baseline to the scenario, and a tornado over the rules' numbers.
import { Bars, type Bar } from "../../parts/Bars";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { useAnswer } from "../../parts/answers";
import { change, grouped, shifted } from "../../parts/numbers";
import { capital, changeText, valueText, type Metric, type Ready, type TableAnswer } from "./model";

interface Asked {
  state: Ready;
  metric: Metric;
  variant: string;
  entity: string;
}

export function RuleShares(props: Asked) {
  return (
    <div className="lq-halves">
      <Waterfall {...props} />
      <Tornado {...props} />
    </div>
  );
}

interface Shares extends TableAnswer {
  before: string | null;
  after: string | null;
}

function Waterfall({ state, metric, variant, entity }: Asked) {
  const { answer, fault } = useAnswer<Shares>("impact.shares", { variant, metric: metric.name, entity });
  if (fault) return <FaultText fault={fault} />;
  if (!answer) return <Waiting what="Weighing the rules against each other" />;
  const at = (name: string) => answer.columns.indexOf(name);
  const rules = answer.rows.filter((row) => row[at("rule")] !== "total");
  const told = (value: unknown) => {
    const text = String(value);
    return metric.ratio ? changeText(shifted(text, 2), true, false, false) : changeText(text, false, false, false);
  };
  let level = Number(answer.before);
  const bars: Bar[] = [
    { id: "before", name: "Baseline", from: 0, to: level, told: valueText(answer.before, metric.ratio), tone: "whole" },
    ...rules.map((row, place): Bar => {
      const from = level;
      level += Number(row[at("in_order")]);
      return {
        id: `rule ${place}`,
        name: String(row[at("rule")]),
        hint: String(row[at("what")]),
        from,
        to: level,
        told: told(row[at("in_order")]),
        tone: level < from ? "down" : "up",
      };
    }),
    { id: "after", name: "Scenario", from: 0, to: Number(answer.after), told: valueText(answer.after, metric.ratio), tone: "whole" },
  ];
  const drawn = bars.map((bar) => (bar.tone === "whole" ? { ...bar, from: bar.to } : bar));
  const mixed = rules.some((row) => Number(row[at("interaction")]) !== 0);
  return (
    <section>
      <h3>
        {capital(metric.title)} {unitOf(metric, state)}: from the baseline, rule after rule
      </h3>
      <Bars label="Waterfall by rule" heads={["rule", metric.ratio ? "%, pp" : state.unit || "change"]} bars={drawn} line={metric.ratio ? limit(state) : undefined} />
      {rules.length > 1 && (
        <details>
          <summary>{mixed ? "The rules act on each other: alone, in order, and their fair share" : "Each rule's share alone and in order"}</summary>
          <table className="lq-table">
            <thead>
              <tr>
                <th scope="col">rule</th>
                {["alone", "in order", "interaction", "fair share"].map((name) => (
                  <th key={name} scope="col" className="lq-figures">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {answer.rows.map((row) => (
                <tr key={String(row[at("rule")])}>
                  <td title={String(row[at("what")])}>{String(row[at("rule")])}</td>
                  {["alone", "in_order", "interaction", "shapley"].map((name) => (
                    <td key={name} className="lq-figures" title={grouped(String(row[at(name)]))}>
                      {told(row[at(name)])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          <p className="lq-quiet">The fair share is the average over all orders in which the rules could come (Shapley).</p>
        </details>
      )}
    </section>
  );
}

interface Swings extends TableAnswer {
  now: string | null;
}

function Tornado({ state, metric, variant, entity }: Asked) {
  const { answer, fault } = useAnswer<Swings>("impact.tornado", { variant, metric: metric.name, entity });
  if (fault) return null;
  if (!answer) return <Waiting what="Moving each number by a tenth" />;
  if (!answer.rows.length) return <p className="lq-quiet">The rules of this scenario have no numbers to move.</p>;
  const at = (name: string) => answer.columns.indexOf(name);
  const bars = answer.rows.map((row): Bar => {
    const [low, high] = [row[at("metric_low")], row[at("metric_high")]] as (string | null)[];
    const down = Number(high) < Number(low);
    return {
      id: `${row[at("rule")]} ${row[at("parameter")]}`,
      name: String(row[at("rule")]),
      hint: `${row[at("parameter")]} at ${row[at("low")]}: ${valueText(low ?? null, metric.ratio)}; at ${row[at("high")]}: ${valueText(high ?? null, metric.ratio)}`,
      from: Number(low),
      to: Number(high),
      told: metric.ratio
        ? `${Number(row[at("swing")]) === 0 ? "0.0" : change(shifted(String(row[at("swing")] ?? "0"), 2), 1).replace("+", "±")}`
        : valueText(String(row[at("swing")] ?? "0"), false),
      tone: down ? "down" : "up",
    };
  });
  return (
    <section>
      <h3>
        {capital(metric.title)}: each rule's number a tenth less and more
      </h3>
      <Bars
        label="Tornado over the rules"
        heads={["rule", metric.ratio ? "swing, pp" : `swing${state.unit ? `, ${state.unit}` : ""}`]}
        bars={bars}
        line={answer.now === null ? undefined : { at: Number(answer.now), told: `now ${valueText(answer.now, metric.ratio)}` }}
      />
      <p className="lq-quiet">
        <i className="lq-swatch lq-bar-down" /> falls as the number grows <i className="lq-swatch lq-bar-up" /> rises with it
      </p>
    </section>
  );
}

function unitOf(metric: Metric, state: Ready): string {
  return metric.ratio ? "in %" : state.unit && `in ${state.unit}`;
}

export function limit(state: Ready): { at: number; told: string } {
  return { at: Number(state.limit), told: `limit ${valueText(state.limit, true)}` };
}

