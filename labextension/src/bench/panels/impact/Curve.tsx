// A figure along a number: a line, the limit across it, and where the slider stands.
import type { MouseEvent } from "react";

const WIDTH = 460;
const HEIGHT = 168;
const LEFT = 58;
const BOTTOM = 34;
const TOP = 12;
const RIGHT = 14;

export function Curve(props: {
  title: string;
  points: [number, number | null][];
  at: [number, number | null];
  line?: { at: number; told: string } | undefined;
  across: string;
  told: (y: number) => string;
  onChoose: (x: number) => void;
}) {
  const { points, at, line, told } = props;
  const known = points.filter((point): point is [number, number] => point[1] !== null);
  if (!known.length) return <p className="lq-quiet">The figure is undefined all along.</p>;
  const xs = points.map(([x]) => x);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const ys = [...known.map(([, y]) => y), ...(line ? [line.at] : [])];
  const pad = (Math.max(...ys) - Math.min(...ys)) * 0.08 || 1;
  const [low, high] = [Math.min(...ys) - pad, Math.max(...ys) + pad];
  const across = (x: number) => LEFT + ((x - left) / (right - left || 1)) * (WIDTH - LEFT - RIGHT);
  const up = (y: number) => TOP + ((high - y) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const path = known.map(([x, y], place) => `${place ? "L" : "M"}${across(x).toFixed(1)} ${up(y).toFixed(1)}`).join("");
  const first = known[0]!;
  const last = known[known.length - 1]!;
  const onClick = (event: MouseEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    const share = Math.min(1, Math.max(0, (x - LEFT) / (WIDTH - LEFT - RIGHT)));
    props.onChoose(left + share * (right - left));
  };
  return (
    <figure className="lq-curve">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${props.title}: from ${told(first[1])} at ${first[0]} to ${told(last[1])} at ${last[0]}${line ? `; limit ${line.told}` : ""}`} onClick={onClick}>
        {ticks(low, high).map((y) => (
          <g key={y}>
            <line className="lq-grid" x1={LEFT} x2={WIDTH - RIGHT} y1={up(y)} y2={up(y)} />
            <text x={LEFT - 8} y={up(y) + 4} textAnchor="end">
              {told(y)}
            </text>
          </g>
        ))}
        {ticks(left, right).map((x) => (
          <text key={x} x={across(x)} y={HEIGHT - BOTTOM + 16} textAnchor="middle">
            {Number(x.toPrecision(6))}
          </text>
        ))}
        <text x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 2} textAnchor="middle" className="lq-axis-title">
          {props.across}
        </text>
        {line && <line className="lq-limit" x1={LEFT} x2={WIDTH - RIGHT} y1={up(line.at)} y2={up(line.at)} />}
        {line && (
          <text className="lq-limit-told" x={WIDTH - RIGHT} y={up(line.at) - 5} textAnchor="end">
            limit {line.told}
          </text>
        )}
        <path className="lq-line" d={path} />
        <line className="lq-now" x1={across(at[0])} x2={across(at[0])} y1={TOP} y2={HEIGHT - BOTTOM} />
        {at[1] !== null && <circle className="lq-now" cx={across(at[0])} cy={up(at[1])} r={5} />}
      </svg>
      <figcaption className="lq-hidden">{points.map(([x, y]) => `${x}: ${y === null ? "undefined" : told(y)}`).join("; ")}</figcaption>
    </figure>
  );
}

/** Four to six round values between two ends. */
export function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * unit).find((each) => each >= rough)!;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}
