// How a submission or publication stands, as a word with its colour.
import type { Line } from "./model";

const WORDS: Record<Line["state"], [string, string]> = {
  submitted: ["waits for approval", "busy"],
  approved: ["approved", "good"],
  published: ["published", "good"],
  rejected: ["sent back", "bad"],
  withdrawn: ["withdrawn", "warn"],
};

export function stateWords(state: Line["state"]): string {
  return WORDS[state][0];
}

export function State({ state }: { state: Line["state"] }) {
  const [words, tone] = WORDS[state];
  return <span className={`lq-state lq-state-${tone}`}>{words}</span>;
}
