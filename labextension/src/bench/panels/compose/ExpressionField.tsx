// An expression: completed by fields and functions, and looked at by the kernel while it is typed.
import { useEffect, useId, useRef, useState } from "react";

import { useScreen } from "../../context";
import type { Fault } from "../../kernel";
import { Options, matching, useOptions, type Offer } from "../../parts/Completion";
import { Field, useTyped, type FieldProps } from "../../parts/Field";
import { useOffers } from "./offers";

const KEYWORDS = ["and", "or", "not", "in", "like", "between", "is null", "is not null", "case when", "then", "else", "end", "cast", ":as_of"];
const WORD = /[A-Za-z_:][A-Za-z0-9_]*$/;

interface Looked {
  type?: string;
  fault?: Fault;
}

export function ExpressionField(props: FieldProps & { value: string; place: number; earlier: readonly string[]; onDone: (value: string) => void }) {
  const { kernel } = useScreen();
  const { operator, columns, vocabulary } = useOffers();
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState(0);
  const [looked, setLooked] = useState<Looked>({});
  const { text, setText, done, onKeyDown } = useTyped(props);

  useEffect(() => {
    if (!text.trim()) {
      setLooked({});
      return undefined;
    }
    let wanted = true;
    const soon = setTimeout(async () => {
      const found = await kernel.ask<Looked>("compose.check_expression", { operator, text, place: props.place }).catch(() => ({}));
      if (wanted) setLooked(found);
    }, 200);
    return () => {
      wanted = false;
      clearTimeout(soon);
    };
  }, [kernel, operator, text, props.place, columns]);

  const word = WORD.exec(text.slice(0, caret))?.[0] ?? "";
  const all: Offer[] = [
    ...columns.map(({ name, type }) => ({ value: name, hint: type })),
    ...props.earlier.map((value) => ({ value, hint: "calculated above" })),
    ...(vocabulary?.functions ?? []).map(({ name, fewest, most }) => ({ value: `${name}(`, hint: inWords(fewest, most) })),
    ...KEYWORDS.map((value) => ({ value })),
  ];
  const fitting = word ? matching(all, word).filter(({ value }) => value.toLowerCase().startsWith(word.toLowerCase()) && value !== word) : [];
  const pick = ({ value }: Offer) => {
    const before = text.slice(0, caret - word.length) + value;
    setText(before + text.slice(caret));
    setCaret(before.length);
    requestAnimationFrame(() => area.current?.setSelectionRange(before.length, before.length));
  };
  const options = useOptions(fitting, pick);
  const fault = looked.fault;
  const wrong = fault ? [fault.what, fault.hint && `→ ${fault.hint}`].filter(Boolean).join(" ") : props.wrong;
  return (
    <Field {...props} wrong={wrong} help={props.help}>
      {(wiring) => (
        <div className="lq-combo lq-expression">
          <textarea
            {...wiring}
            ref={area}
            role="combobox"
            aria-expanded={options.shown}
            aria-controls={options.shown ? `${id}-list` : undefined}
            aria-activedescendant={options.shown && options.current >= 0 ? `${id}-list-${options.current}` : undefined}
            aria-autocomplete="list"
            className="lq-mono"
            rows={Math.min(8, Math.max(2, Math.ceil(text.length / 38)))}
            value={text}
            placeholder="such as amount * (1 - haircut)"
            spellCheck={false}
            onChange={(event) => {
              setText(event.target.value);
              setCaret(event.target.selectionStart);
              options.open(true);
              const begun = WORD.exec(event.target.value.slice(0, event.target.selectionStart))?.[0] ?? "";
              options.setCurrent(all.some(({ value }) => value === begun) ? -1 : 0);
            }}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
            onBlur={() => {
              options.open(false);
              done();
            }}
            onKeyDown={(event) => {
              if (options.onKey(event)) return;
              if (event.key === "Enter" && !event.shiftKey) {
                event.preventDefault();
                done();
              }
              onKeyDown(event);
            }}
          />
          {looked.type && !wrong && <output className="lq-type">→ {looked.type}</output>}
          {options.shown && (
            <Options
              id={`${id}-list`}
              label="Completions"
              anchor={area}
              offers={fitting}
              current={options.current}
              onPick={(offer) => {
                options.open(false);
                pick(offer);
              }}
            />
          )}
        </div>
      )}
    </Field>
  );
}

function inWords(fewest: number, most: number | null): string {
  if (most === fewest) return fewest === 1 ? "1 value" : `${fewest} values`;
  return most === null ? `${fewest} values or more` : `${fewest} to ${most} values`;
}
