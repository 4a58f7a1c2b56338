// Pairs of names: what a field is joined to, or what it is called from here on.
import { useEffect, useRef, useState } from "react";

import { Button, IconButton } from "../../parts/Button";
import { Combo, type Offer } from "../../parts/Completion";
import { useChange, type SchemaFieldProps } from "./SchemaField";
import { useOffers, useSourceFields } from "./offers";
import { plain, words } from "./schema";

const PAIRS: Record<string, string> = { on: "join", fields: "field", defaults: "default" };

type Pair = [string, string];

function whole(pairs: readonly Pair[]): Pair[] {
  return pairs.filter(([key, each]) => key && each);
}

export function MapField(props: SchemaFieldProps) {
  const { name, root, value, path, beside, wrong, required } = props;
  const change = useChange(path);
  const offers = useOffers();
  const schema = plain(props.schema, root);
  const now = Object.entries((value ?? {}) as Record<string, unknown>).map(([key, each]): Pair => [key, String(each)]);
  const written = JSON.stringify(now);
  // A pair of which one side is typed already is no pair yet: it stays here until both are.
  const [pairs, setPairs] = useState(now);
  useEffect(() => {
    const told = JSON.parse(written) as Pair[];
    setPairs((held) => (JSON.stringify(whole(held)) === written ? held : told));
  }, [written]);
  const source = useSourceFields(beside["source"]);
  const ofSource: Offer[] = source.map((field) => ({ value: field.name, hint: field.type }));
  const ofRows = offers.of(schema.propertyNames?.["x-offers"]);
  const [left, right] = name === "on" ? [ofRows, ofSource] : [ofSource, []];
  const tell = (next: Pair[]) => {
    setPairs(next);
    const done = whole(next);
    if (JSON.stringify(done) === written) return;
    if (done.length) change.set(Object.fromEntries(done));
    else change.unset();
  };
  const group = useRef<HTMLFieldSetElement>(null);
  const add = () => {
    setPairs([...pairs, ["", ""]]);
    requestAnimationFrame(() => [...(group.current?.querySelectorAll<HTMLElement>(".lq-pair") ?? [])].at(-1)?.querySelector("input")?.focus());
  };
  const set = (place: number, pair: Pair) => tell(pairs.map((each, at) => (at === place ? pair : each)));
  const own = wrong.get(path.join("."));
  const unused = ofSource.filter(({ value: field }) => !pairs.some(([key]) => key === field));
  return (
    <fieldset className="lq-group" ref={group}>
      <legend>
        {words(name)}
        {!required && <span className="lq-quiet"> optional</span>}
      </legend>
      {schema.description && <small className="lq-quiet">{schema.description}</small>}
      {own && <small className="lq-bad">{own}</small>}
      {pairs.map(([key, each], place) => (
        <div className="lq-pair" key={place}>
          <Combo
            bare
            label={`${words(name)} ${place + 1}, from`}
            value={key}
            offers={left}
            onDone={(typed) => set(place, [typed, each || (name === "fields" ? typed : "")])}
          />
          <span aria-hidden="true">→</span>
          <Combo bare label={`${words(name)} ${place + 1}, to`} value={each} offers={right} onDone={(typed) => set(place, [key, typed])} />
          <IconButton icon="remove" label={`Remove ${key || `pair ${place + 1}`}`} onClick={() => tell(pairs.filter((_, at) => at !== place))} />
        </div>
      ))}
      <div className="lq-buttons lq-left">
        <Button icon="add" onClick={add}>
          Add {PAIRS[name] ?? "pair"}
        </Button>
        {name === "fields" && unused.length > 0 && (
          <Button look="quiet" onClick={() => tell([...pairs, ...unused.map(({ value: field }): Pair => [field, field])])}>
            Take all {unused.length}
          </Button>
        )}
      </div>
    </fieldset>
  );
}
