// The value of a condition or a change: typed, or chosen from what occurs in the data, with counts.
import { useMemo } from "react";

import { useAnswer } from "../../parts/answers";
import { Chips, Combo, type Offer } from "../../parts/Completion";
import { TextField } from "../../parts/Field";
import { counted } from "../../parts/counted";
import { figure } from "../../parts/numbers";
import { text, type FieldState, type Value, type Values } from "./model";

const LISTS = ["in", "not in"];

/** The values of a field with their counts, and in a sentence what there is. */
export function useValues(place: string | null, field: string, fields: readonly FieldState[]) {
  const known = place !== null && fields.some(({ name }) => name === field);
  const { answer, busy } = useAnswer<Values>("scenarios.values", known ? { at: place, field } : undefined);
  const offers = useMemo<Offer[]>(
    () => (answer?.values ?? []).map(([value, rows]) => ({ value: text(value), hint: figure(rows) })),
    [answer],
  );
  return { offers, help: busy ? "looking for its values …" : answer && said(answer) };
}

function said({ distinct, nulls, lowest, highest }: Values): string {
  const empty = nulls ? `, ${counted(nulls, "row")} empty` : "";
  const ends = lowest !== null ? ` from ${figure(lowest)} to ${figure(highest)}` : "";
  return `${counted(distinct, "different value")}${ends}${empty}`;
}

export function ConditionValue(props: {
  operator: string;
  value: Value | undefined;
  offers: readonly Offer[];
  onDone: (value: Value) => void;
}) {
  const { operator, value, offers, onDone } = props;
  if (operator === "is null" || operator === "is not null") return <span />;
  if (LISTS.includes(operator)) {
    const values = (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(text);
    return <Chips label="Values" bare values={values} offers={offers} placeholder="add a value" onDone={onDone} />;
  }
  if (operator === "between") {
    const [low, high] = Array.isArray(value) ? value : [value, undefined];
    return (
      <div className="lq-between">
        <TextField label="From" bare value={text(low)} placeholder="from" onDone={(own) => onDone([own, high ?? ""])} />
        <span>and</span>
        <TextField label="To" bare value={text(high)} placeholder="to" onDone={(own) => onDone([low ?? "", own])} />
      </div>
    );
  }
  return <Combo label="Value" bare value={text(Array.isArray(value) ? value[0] : value)} offers={offers} placeholder="value" onDone={onDone} />;
}
