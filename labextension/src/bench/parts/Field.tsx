// Form fields: a label, the control, its unit, help, and what is wrong with what was typed.
import { useId, useState, type KeyboardEvent, type ReactNode } from "react";

export interface FieldProps {
  label: string;
  help?: ReactNode;
  unit?: string | undefined;
  optional?: boolean | undefined;
  wrong?: string | undefined;
  /** The label is there for those who can't see the form, but not shown. */
  bare?: boolean | undefined;
}

/** What a control in a field needs for its label, help and fault to be heard with it. */
export interface Wiring {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

export function Field(props: FieldProps & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const { label, help, unit, optional, wrong, bare } = props;
  const told = [help && `${id}-help`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return (
    <div className={`lq-field${wrong ? " lq-wrong" : ""}`}>
      <div className={bare ? "lq-hidden" : "lq-label"}>
        <label htmlFor={id}>{label}</label>
        {optional && <span className="lq-quiet">optional</span>}
      </div>
      <div className="lq-control">
        {props.children({ id, "aria-describedby": told || undefined, "aria-invalid": wrong ? true : undefined })}
        {unit && <span className="lq-unit">{unit}</span>}
      </div>
      {wrong && (
        <small id={`${id}-wrong`} className="lq-bad">
          {wrong}
        </small>
      )}
      {help && (
        <small id={`${id}-help`} className="lq-quiet">
          {help}
        </small>
      )}
    </div>
  );
}

interface Typed extends FieldProps {
  value: string;
  /** She is done: by Enter or by leaving the field, and only where it changed. */
  onDone: (value: string) => void;
  /** Look at what is being typed; what is returned is shown as wrong, and not told. */
  check?: (value: string) => string | undefined;
  placeholder?: string | undefined;
  autoFocus?: boolean | undefined;
}

/** Text while it is typed: Escape gives the old one back. */
export function useTyped(props: Pick<Typed, "value" | "onDone" | "check">) {
  const { value, onDone, check } = props;
  const [held, setHeld] = useState({ text: value, value, told: value });
  const { text } = held;
  if (value !== held.value) {
    // What she goes on typing, while what she told before comes back, is hers.
    const hers = text !== held.value && text !== held.told;
    setHeld({ ...held, value, text: hers ? text : value });
  }
  const setText = (typed: string) => setHeld((now) => ({ ...now, text: typed }));
  const wrong = text === value ? undefined : check?.(text);
  const done = () => {
    if (text === value || wrong !== undefined) return;
    setHeld((now) => ({ ...now, told: text }));
    onDone(text);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && text !== value) {
      event.stopPropagation();
      setText(value);
    }
  };
  return { text, setText, wrong, done, onKeyDown };
}

export function TextField(props: Typed & { mono?: boolean; type?: "text" | "search" | "date" }) {
  const { text, setText, wrong, done, onKeyDown } = useTyped(props);
  return (
    <Field {...props} wrong={wrong ?? props.wrong}>
      {(wiring) => (
        <input
          {...wiring}
          type={props.type ?? "text"}
          className={props.mono ? "lq-mono" : undefined}
          value={text}
          placeholder={props.placeholder}
          autoFocus={props.autoFocus}
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
          onBlur={done}
          onKeyDown={(event) => {
            if (event.key === "Enter") done();
            onKeyDown(event);
          }}
        />
      )}
    </Field>
  );
}

export function NumberField(
  props: Omit<Typed, "check"> & { lowest?: number | undefined; highest?: number | undefined; whole?: boolean | undefined },
) {
  const { lowest, highest, whole } = props;
  const check = (text: string) => {
    if (text.trim() === "") return props.optional ? undefined : "a number is needed";
    if (!(whole ? /^-?\d+$/ : /^-?\d+(\.\d+)?$/).test(text.trim())) return whole ? "a whole number is needed" : "a number is needed, with a point";
    if (lowest !== undefined && Number(text) < lowest) return `${lowest} at least`;
    if (highest !== undefined && Number(text) > highest) return `${highest} at most`;
    return undefined;
  };
  const limits = [lowest !== undefined && `from ${lowest}`, highest !== undefined && `to ${highest}`].filter(Boolean).join(" ");
  const { text, setText, wrong, done, onKeyDown } = useTyped({ ...props, check });
  return (
    <Field {...props} unit={props.unit ?? (limits || undefined)} wrong={wrong ?? props.wrong}>
      {(wiring) => (
        <input
          {...wiring}
          className="lq-number"
          inputMode="decimal"
          value={text}
          placeholder={props.placeholder}
          onChange={(event) => setText(event.target.value)}
          onBlur={done}
          onKeyDown={(event) => {
            if (event.key === "Enter") done();
            onKeyDown(event);
          }}
        />
      )}
    </Field>
  );
}

export function AreaField(props: Typed & { rows?: number; mono?: boolean }) {
  const { text, setText, wrong, done, onKeyDown } = useTyped(props);
  return (
    <Field {...props} wrong={wrong ?? props.wrong}>
      {(wiring) => (
        <textarea
          {...wiring}
          className={props.mono ? "lq-mono" : undefined}
          rows={props.rows ?? Math.min(12, text.split("\n").length + 1)}
          value={text}
          placeholder={props.placeholder}
          spellCheck={!props.mono}
          onChange={(event) => setText(event.target.value)}
          onBlur={done}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) done();
            onKeyDown(event);
          }}
        />
      )}
    </Field>
  );
}

export interface Option {
  value: string;
  label?: string | undefined;
}

export function SelectField(props: FieldProps & { value: string; options: readonly Option[]; onDone: (value: string) => void; empty?: string | undefined }) {
  const { value, options, onDone, empty } = props;
  return (
    <Field {...props}>
      {(wiring) => (
        <select {...wiring} value={value} onChange={(event) => onDone(event.target.value)}>
          {(empty !== undefined || !options.some((each) => each.value === value)) && <option value="">{empty ?? ""}</option>}
          {options.map((each) => (
            <option key={each.value} value={each.value}>
              {each.label ?? each.value}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CheckField({ label, help, value, onDone }: { label: string; help?: ReactNode; value: boolean; onDone: (value: boolean) => void }) {
  const id = useId();
  return (
    <div className="lq-field lq-check">
      <input id={id} type="checkbox" checked={value} aria-describedby={help ? `${id}-help` : undefined} onChange={(event) => onDone(event.target.checked)} />
      <label htmlFor={id}>{label}</label>
      {help && (
        <small id={`${id}-help`} className="lq-quiet">
          {help}
        </small>
      )}
    </div>
  );
}
