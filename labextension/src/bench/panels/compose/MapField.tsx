// Pairs of names: what a field is joined to, or what it is called from here on.
import { useEffect, useRef, useState } from "react";

import { Button, IconButton } from "../../parts/Button";
import { Combo, type Offer } from "../../parts/Completion";
import { useChange, type SchemaFieldProps } from "./SchemaField";
import { useOffers, useSourceFields } from "./offers";
import { plain, words } from "./schema";

export function MapField(props: SchemaFieldProps) {
  const { name, root, value, path, beside, wrong, required } = props;
  const change = useChange(path);
  const offers = useOffers();
  const schema = plain(props.schema, root);
  const now = Object.entries((value ?? {}) as Record<string, unknown>).map(([key, each]): [string, string] => [key, String(each)]);
  const written = JSON.stringify(now);
  // A pair of which one side is typed already is no pair yet: it stays here until both are.
  const [pairs, setPairs] = useState(now);
  useEffect(() => setPairs(JSON.parse(written) as [string, string][]), [written]);
  const source = useSourceFields(beside["source"]);
  const ofSource: Offer[] = source.map((field) => ({ value: field.name, hint: field.type }));
  const ofRows = offers.of(schema.propertyNames?.["x-offers"]);
  const [left, right] = name === "on" ? [ofRows, ofSource] : [ofSource, []];
  const tell = (next: [string, string][]) => {
    setPairs(next);
    const whole = next.filter(([key, each]) => key && each);
    if (JSON.stringify(whole) !== written) {
      if (whole.length) change.set(Object.fromEntries(whole));
      else change.unset();
    }
  };
  const group = useRef<HTMLFieldSetElement>(null);
  const add = () => {
    setPairs([...pairs, ["", ""]]);
    requestAnimationFrame(() => [...(group.current?.querySelectorAll<HTMLElement>(".lq-pair") ?? [])].at(-1)?.querySelector("input")?.focus());
  };
  const set = (place: number, pair: [string, string]) => tell(pairs.map((each, at) => (at === place ? pair : each)));
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
          Add pair
        </Button>
        {name === "fields" && unused.length > 0 && (
          <Button look="quiet" onClick={() => tell([...pairs, ...unused.map(({ value: field }): [string, string] => [field, field])])}>
            Take all {unused.length}
          </Button>
        )}
      </div>
    </fieldset>
  );
}
