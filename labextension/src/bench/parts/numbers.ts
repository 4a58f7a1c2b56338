// Figures as text. The kernel sends decimals as their exact text; nothing here makes a float of one.

/** Group the digits before the point by thousands. */
export function grouped(text: string): string {
  const [, sign = "", whole = "", rest = ""] = /^(-?)(\d+)(.*)$/.exec(text) ?? [];
  return whole ? sign + whole.replace(/\B(?=(\d{3})+$)/g, ",") + rest : text;
}

/** Round a decimal's text half up (away from zero), exactly. */
export function rounded(text: string, digits: number): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) return text;
  const [, sign, whole, rest = ""] = match as unknown as [string, string, string, string?];
  const scaled = BigInt(whole + rest.padEnd(digits, "0").slice(0, digits));
  const up = (rest[digits] ?? "0") >= "5" ? 1n : 0n;
  const all = (scaled + up).toString().padStart(digits + 1, "0");
  const point = all.length - digits;
  const figure = digits ? `${all.slice(0, point)}.${all.slice(point)}` : all;
  return /[1-9]/.test(figure) ? sign + figure : figure;
}

/** Move a decimal's point to the right. */
export function shifted(text: string, places: number): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) return text;
  const [, sign, whole, rest = ""] = match as unknown as [string, string, string, string?];
  const padded = rest.padEnd(places, "0");
  const moved = (whole + padded.slice(0, places)).replace(/^0+(?=\d)/, "");
  const left = padded.slice(places);
  return `${sign}${moved}${left ? `.${left}` : ""}`;
}

export type Exact = string | number | null | undefined;

/** A figure with thousands; rounded where digits are given. Nothing is an en dash. */
export function figure(value: Exact, digits?: number): string {
  if (value === null || value === undefined || value === "") return "–";
  const text = String(value);
  return grouped(digits === undefined ? text : rounded(text, digits));
}

/** A ratio in percent: 1.1749 is 117.5 %. */
export function percent(value: Exact, digits = 1): string {
  if (value === null || value === undefined || value === "") return "–";
  return `${grouped(rounded(shifted(String(value), 2), digits))} %`;
}

/** A change of a ratio in percentage points, its sign in front: -0.023 is -2.3 pp. */
export function points(value: Exact, digits = 1): string {
  return signed(value, (text) => `${grouped(rounded(shifted(text, 2), digits))} pp`);
}

/** A change of a ratio in basis points. */
export function basisPoints(value: Exact, digits = 0): string {
  return signed(value, (text) => `${grouped(rounded(shifted(text, 4), digits))} bp`);
}

/** A change of a figure, its sign in front. */
export function change(value: Exact, digits?: number): string {
  return signed(value, (text) => figure(text, digits));
}

function signed(value: Exact, told: (text: string) => string): string {
  if (value === null || value === undefined || value === "") return "–";
  const text = told(String(value));
  return /^-|^[0., ]*( |$)/.test(text) ? text : `+${text}`;
}

const STEPS: [number, string][] = [
  [12, "tn"],
  [9, "bn"],
  [6, "m"],
];

/** A large amount for a sentence: 1,913,400,000 is 1.9 bn. */
export function large(value: Exact): string {
  if (value === null || value === undefined || value === "") return "–";
  const text = String(value);
  const digits = /^-?(\d+)/.exec(text)?.[1]?.replace(/^0+/, "").length ?? 0;
  const step = STEPS.find(([zeros]) => digits > zeros);
  if (!step) return figure(text, digits > 3 ? 0 : undefined);
  const [zeros, word] = step;
  const [, sign, whole] = /^(-?)(\d+)/.exec(text) as unknown as [string, string, string];
  const padded = whole.padStart(zeros + 1, "0");
  return `${grouped(rounded(`${sign}${padded.slice(0, -zeros)}.${padded.slice(-zeros)}`, 1))} ${word}`;
}
