// Forms of the desk: what she types counts at once, and is in the draft when she leaves the field.
import { useEffect, useRef, useState, type ReactNode } from "react";

import { useScreen } from "../../context";
import { Field } from "../../parts/Field";
import type { DeskState, Fields } from "./model";

const NOTHING: Fields = {};

export interface Form {
  fields: Fields;
  /** Type; kept by `keep`. */
  type: (field: string, text: string) => void;
  keep: () => void;
  /** Change a field and keep it at once. */
  set: (fields: Fields) => void;
}

/** The form of a name; give the part that uses it the name as its key. */
export function useForm(state: DeskState, name: string): Form {
  const { act } = useScreen();
  const kept = state.forms[name] ?? NOTHING;
  const [typed, setTyped] = useState<Fields>(NOTHING);
  const newest = useRef(typed);
  newest.current = typed;
  const send = (fields: Fields) => {
    if (Object.keys(fields).length === 0) return;
    void act("desk.write", { form: name, fields }).then(() => setTyped((now) => (now === fields ? NOTHING : now)));
  };
  useEffect(() => () => send(newest.current), []); // what was typed outlives the view
  return {
    fields: { ...kept, ...typed },
    type: (field, text) => setTyped((now) => ({ ...now, [field]: text })),
    keep: () => send(typed),
    set: (fields) => {
      const all = { ...typed, ...fields };
      setTyped(all);
      send(all);
    },
  };
}

export function FormArea(props: { form: Form; field: string; label: string; help?: ReactNode; optional?: boolean; rows?: number }) {
  const { form, field } = props;
  return (
    <Field label={props.label} help={props.help} optional={props.optional}>
      {(wiring) => (
        <textarea
          {...wiring}
          rows={props.rows ?? 4}
          value={form.fields[field] ?? ""}
          onChange={(event) => form.type(field, event.target.value)}
          onBlur={form.keep}
        />
      )}
    </Field>
  );
}
