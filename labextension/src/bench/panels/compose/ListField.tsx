// Entries in an order: each a card that opens, moves, is doubled and taken out.
import { useEffect, useRef, useState } from "react";

import { Button, IconButton } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { ObjectFields, SchemaField, useChange, type SchemaFieldProps } from "./SchemaField";
import { SourceFields } from "./SourceFields";
import { begun, plain, titled, words } from "./schema";

export function ListField(props: SchemaFieldProps) {
  const { name, root, value, path, wrong, required, beside } = props;
  const change = useChange(path);
  const schema = plain(props.schema, root);
  const items = plain(schema.items ?? {}, root);
  const entries = Array.isArray(value) ? (value as unknown[]) : [];
  // A few entries are open at once; of many, only the one that she opens.
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set(entries.length <= 2 ? entries.keys() : []));
  const toggle = (place: number) =>
    setOpen((now) => {
      const next = new Set(now);
      if (!next.delete(place)) next.add(place);
      return next;
    });
  // What she adds is what she fills in next.
  const list = useRef<HTMLOListElement>(null);
  const [added, setAdded] = useState<number>();
  useEffect(() => {
    if (added === undefined || entries.length <= added) return;
    list.current?.children[added]?.querySelector<HTMLElement>(".lq-card-body :is(input, textarea, select)")?.focus();
    setAdded(undefined);
  }, [added, entries.length]);
  const add = (entry: unknown) => {
    change.set(entry, [entries.length]);
    setOpen((now) => new Set([...now, entries.length]));
    setAdded(entries.length);
  };
  const own = wrong.get(path.join("."));
  const one = singular(name);
  return (
    <fieldset className="lq-group">
      <legend>
        {words(name)}
        {!required && <span className="lq-quiet"> optional</span>}
        {entries.length > 0 && <span className="lq-badge">{entries.length}</span>}
      </legend>
      {schema.description && <small className="lq-quiet">{schema.description}</small>}
      {own && <small className="lq-bad">{own}</small>}
      <ol className="lq-cards" ref={list}>
        {entries.map((entry, place) => {
          const faulty = [...wrong.keys()].some((at) => at.startsWith(`${[...path, place].join(".")}.`));
          const shown = faulty || open.has(place);
          return (
            <li key={place} className={`lq-card${faulty ? " lq-wrong" : ""}`}>
              <div className="lq-card-head">
                <button type="button" aria-expanded={shown} onClick={() => toggle(place)}>
                  <Icon name={shown ? "down" : "right"} />
                  <b>{titled(entry) || `${words(one)} ${place + 1}`}</b>
                  {!shown && <span className="lq-quiet lq-cut">{told(entry)}</span>}
                </button>
                {place > 0 && <IconButton icon="up" label={`Move ${one} ${place + 1} up`} onClick={() => change.set(moved(entries, place, place - 1))} />}
                <IconButton
                  icon="copy"
                  label={`Double ${one} ${place + 1}`}
                  onClick={() => add(entry)}
                />
                <IconButton icon="remove" label={`Remove ${one} ${place + 1}`} onClick={() => change.set(entries.filter((_, at) => at !== place))} />
              </div>
              {shown && (
                <div className="lq-card-body">
                  {items.properties ? (
                    <ObjectFields {...props} schema={items} value={entry} path={[...path, place]} earlier={entries.slice(0, place).map(titled)} />
                  ) : (
                    <SchemaField {...props} name={one} schema={items} required value={entry} path={[...path, place]} beside={{}} />
                  )}
                </div>
              )}
            </li>
          );
        })}
      </ol>
      <div className="lq-buttons lq-left">
        <Button
          icon="add"
          onClick={() => add(begun(items, root))}
        >
          Add {one}
        </Button>
        {name === "fields" && "source" in beside && <SourceFields source={beside["source"]} declared={entries} onTake={(fields) => change.set(fields)} />}
      </div>
    </fieldset>
  );
}

function moved(entries: readonly unknown[], from: number, to: number): unknown[] {
  const rest = entries.filter((_, at) => at !== from);
  return [...rest.slice(0, to), entries[from], ...rest.slice(to)];
}

const SINGULARS: Record<string, string> = { any: "condition", all: "condition" };

function singular(name: string): string {
  return SINGULARS[name] ?? name.replace(/s$/, "").replaceAll("_", " ");
}

/** The rest of an entry in a few words, for a card that is closed. */
function told(entry: unknown): string {
  if (typeof entry !== "object" || entry === null) return "";
  const title = titled(entry);
  return Object.values(entry)
    .filter((value) => value !== title && ["string", "number"].includes(typeof value))
    .join(" · ");
}
