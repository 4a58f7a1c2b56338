// What if a rule had another number: a slider that prices at once, the curve, and where it breaks even.
import { useEffect, useMemo, useRef, useState } from "react";

import { useScreen } from "../../context";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { SelectField } from "../../parts/Field";
import { useAnswer } from "../../parts/answers";
import { Refused, type Fault } from "../../kernel";
import { Curve } from "./Curve";
import { capital, ratioText, valueText, type Metric, type Ready } from "./model";

interface Numbered {
  rule: string;
  parameter: string;
  operation: string;
  value: string;
  low: string;
  high: string;
  step: string;
  what: string;
}

interface Priced {
  value: string;
  figure: string | null;
  ratios: Record<string, string | null>;
  breaches: number;
}

interface Curved {
  points: [string, string | null][];
  target: string | null;
  crossing: [string, string | null, string] | null;
  why: string;
}

interface Asked {
  state: Ready;
  metric: Metric;
  variant: string;
  entity: string;
}

export function WhatIf(props: Asked) {
  const { answer, fault } = useAnswer<Numbered[]>("impact.numbers", { variant: props.variant });
  const [place, setPlace] = useState(0);
  if (fault) return <FaultText fault={fault} />;
  if (!answer) return <Waiting what="Reading the rules" />;
  const chosen = answer[place] ?? answer[0];
  if (!chosen) return <p className="lq-quiet">The rules of this scenario have no numbers to move.</p>;
  return (
    <div className="lq-halves">
      <section className="lq-what-if">
        <SelectField
          label="Number"
          value={String(Math.min(place, answer.length - 1))}
          options={answer.map((each, n) => ({ value: String(n), label: `${each.rule}: ${each.operation} ${each.parameter.replaceAll("_", " ")} ${each.value}` }))}
          onDone={(value) => setPlace(Number(value))}
        />
        <p className="lq-quiet">{chosen.what}</p>
        <Slider key={`${chosen.rule} ${chosen.parameter}`} {...props} number={chosen} />
      </section>
    </div>
  );
}

function Slider({ state, metric, variant, entity, number }: Asked & { number: Numbered }) {
  const { rule, parameter } = number;
  const asked = { variant, rule, parameter, metric: metric.name, entity };
  const digits = Math.max(decimals(number.step), decimals(number.value));
  const [value, setValue] = useState(Number(number.value));
  const { priced, fault } = usePrices(asked, value.toFixed(digits));
  const { answer: curve, fault: unpriced } = useAnswer<Curved>("impact.curve", asked);
  const points = useMemo(() => curve?.points.map(([x, y]): [number, number | null] => [Number(x), y === null ? null : Number(y)]), [curve]);
  const title = entity || "All entities";
  const shown = priced?.figure ?? null;
  const now = priced ? valueText(shown, metric.ratio, state.limit) : "…";
  const unit = metric.ratio ? "%" : state.unit;
  return (
    <>
      <div className="lq-slider">
        <label>
          <span>
            {parameter.replaceAll("_", " ")} <output>{value.toFixed(digits)}</output>
          </span>
          <input
            type="range"
            min={number.low}
            max={number.high}
            step={number.step}
            value={value}
            aria-valuetext={`${value.toFixed(digits)}: ${metric.title} ${now} ${unit}`}
            onChange={(event) => setValue(Number(event.target.value))}
          />
        </label>
        <button type="button" className="lq-button lq-link" onClick={() => setValue(Number(number.value))}>
          as in the rule: {number.value}
        </button>
      </div>
      <div className="lq-right">
      <p className="lq-big" role="status" aria-live="polite">
        <span>
          {capital(metric.title)} of {title}
        </span>
        <b className={metric.ratio && shown !== null && Number(shown) < Number(state.limit) ? "lq-bad" : undefined}>
          {now} <small>{unit}</small>
        </b>
        {priced && (
          <span className={priced.breaches ? "lq-bad" : "lq-good"}>
            {priced.breaches === 0 ? "no entity below the limit" : priced.breaches === 1 ? "1 entity below the limit" : `${priced.breaches} entities below the limit`}
          </span>
        )}
      </p>
      {points ? (
        <Curve
          points={points}
          at={[value, shown === null ? null : Number(shown)]}
          line={curve?.target ? { at: Number(curve.target), told: `${ratioText(curve.target)} %` } : undefined}
          across={parameter.replaceAll("_", " ")}
          title={`${metric.title} of ${title} by ${parameter.replaceAll("_", " ")}`}
          told={(y) => (metric.ratio ? `${(100 * y).toFixed(1)} %` : Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(y))}
          onChoose={setValue}
        />
      ) : (
        !unpriced && <Waiting what="Drawing the curve" />
      )}
      </div>
      {fault && <FaultText fault={fault} />}
      {unpriced && !fault && <FaultText fault={unpriced} />}
      {curve?.crossing && (
        <p className="lq-note">
          {capital(metric.title)} crosses {ratioText(curve.target)} % at {parameter.replaceAll("_", " ")}{" "}
          <button
            type="button"
            className="lq-button lq-link"
            title={`It is ${ratioText(curve.crossing[1], state.limit)} % at ${curve.crossing[0]}, and on the other side at ${curve.crossing[2]}`}
            onClick={() => setValue(Number(curve.crossing![0]))}
          >
            {curve.crossing[0]}
          </button>
        </p>
      )}
      {curve?.why && <p className="lq-quiet">No break-even: {curve.why}.</p>}
      {priced && <Ratios ratios={priced.ratios} limit={state.limit} />}
    </>
  );
}

/** One price is under way at a time, and the newest value is asked for next. */
function usePrices(asked: Record<string, string>, value: string): { priced?: Priced; fault?: Fault } {
  const { kernel } = useScreen();
  const [state, setState] = useState<{ priced?: Priced; fault?: Fault }>({});
  const wanted = useRef(value);
  const under = useRef(false);
  const alive = useRef(true);
  const told = JSON.stringify(asked);
  useEffect(() => {
    alive.current = true;
    return () => void (alive.current = false);
  }, []);
  useEffect(() => {
    wanted.current = value;
    if (under.current) return;
    under.current = true;
    const next = async () => {
      const own = wanted.current;
      try {
        const priced = await kernel.ask<Priced>("impact.price", { ...(JSON.parse(told) as Record<string, string>), value: own });
        if (alive.current) setState({ priced });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (alive.current) setState({ fault: error.fault });
      }
      if (alive.current && own !== wanted.current) await next();
    };
    void next().finally(() => (under.current = false));
  }, [kernel, told, value]);
  return state;
}

/** The ratios of the first entities, moving with the slider. */
function Ratios({ ratios, limit }: { ratios: Record<string, string | null>; limit: string }) {
  const rows = Object.entries(ratios).sort(([, a], [, b]) => Number(a ?? Infinity) - Number(b ?? Infinity));
  return (
    <details>
      <summary>Every entity at this number</summary>
      <table className="lq-table">
        <tbody>
          {rows.map(([name, ratio]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className={`lq-figures${ratio !== null && Number(ratio) < Number(limit) ? " lq-bad" : ""}`}>
                {ratioText(ratio, limit)} {ratio !== null && "%"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function decimals(text: string): number {
  return text.includes(".") ? text.split(".")[1]!.length : 0;
}
