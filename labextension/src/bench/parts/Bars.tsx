// Bars in a table: a chart that can be read as a table, by people and by screen readers.
import type { ReactNode } from "react";

import "./charts.css";

export interface Bar {
  id: string;
  name: ReactNode;
  hint?: string | undefined;
  /** From where to where on the axis. */
  from: number;
  to: number;
  /** The figure in words, at the bar's right. */
  told: ReactNode;
  tone: "up" | "down" | "whole";
  onChoose?: (() => void) | undefined;
}

export function Bars(props: {
  label: string;
  heads: [ReactNode, ReactNode];
  bars: readonly Bar[];
  /** A line through all bars, such as a limit. */
  line?: { at: number; told: string } | undefined;
  /** The axis begins at nothing, also where no bar comes near it. */
  fromZero?: boolean;
}) {
  const { bars, line } = props;
  const ends = bars.flatMap(({ from, to }) => [from, to]);
  if (line) ends.push(line.at);
  if (props.fromZero) ends.push(0);
  const low = Math.min(...ends);
  const span = Math.max(...ends) - low || 1;
  const low_ = props.fromZero ? low : low - span * 0.06;
  const whole = props.fromZero ? span : span * 1.12;
  const place = (value: number) => `${((value - low_) / whole) * 100}%`;
  const width = (one: number, other: number) => `${(Math.abs(other - one) / whole) * 100}%`;
  return (
    <table className="lq-bars" aria-label={props.label}>
      <thead>
        <tr>
          <th scope="col">{props.heads[0]}</th>
          <td className="lq-axis">{line && <span style={{ left: place(line.at) }}>{line.told}</span>}</td>
          <th scope="col" className="lq-figures">
            {props.heads[1]}
          </th>
        </tr>
      </thead>
      <tbody>
        {bars.map((bar) => (
          <tr key={bar.id}>
            <th scope="row" title={bar.hint}>
              {bar.onChoose ? (
                <button type="button" className="lq-button lq-link" onClick={bar.onChoose}>
                  {bar.name}
                </button>
              ) : (
                bar.name
              )}
            </th>
            <td aria-hidden="true">
              <div>
                {line && <i style={{ left: place(line.at) }} />}
                <b
                  className={`lq-bar-${bar.tone}`}
                  style={
                    bar.tone === "whole" && !props.fromZero
                      ? { left: 0, width: place(bar.to) }
                      : { left: place(Math.min(bar.from, bar.to)), width: width(bar.from, bar.to) }
                  }
                />
              </div>
            </td>
            <td className="lq-figures">{bar.told}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
