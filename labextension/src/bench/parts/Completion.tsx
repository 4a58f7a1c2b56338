// Text with offers: a list under the field, by arrows and Enter or by mouse.
import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from "react";

import { Field, useTyped, type FieldProps } from "./Field";
import { Icon } from "./Icon";

export interface Offer {
  value: string;
  hint?: string | undefined;
}

const MOST = 60;

/** The offers that contain what was typed, those that begin with it first. */
export function matching(offers: readonly Offer[], text: string): Offer[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return offers.slice(0, MOST);
  const found = offers.filter(({ value, hint }) => value.toLowerCase().includes(wanted) || hint?.toLowerCase().includes(wanted));
  const rank = ({ value }: Offer) => (value.toLowerCase().startsWith(wanted) ? 0 : value.toLowerCase().includes(wanted) ? 1 : 2);
  return found.sort((one, other) => rank(one) - rank(other)).slice(0, MOST);
}

/** The offer that Enter takes while she types: the first that goes on as she began. */
export function likely(offers: readonly Offer[], text: string): number {
  const typed = text.trim().toLowerCase();
  if (!typed || offers.some(({ value }) => value.toLowerCase() === typed)) return -1;
  return offers[0]?.value.toLowerCase().startsWith(typed) ? 0 : -1;
}

/** The list itself, in the browser's top layer, so that nothing cuts it off. */
export function Options(props: {
  id: string;
  label: string;
  anchor: RefObject<HTMLElement | null>;
  offers: readonly Offer[];
  current: number;
  onPick: (offer: Offer) => void;
}) {
  const { id, anchor, offers, current, onPick } = props;
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => {
    const own = list.current!;
    const place = anchor.current!.getBoundingClientRect();
    own.showPopover();
    const below = window.innerHeight - place.bottom;
    own.style.left = `${place.left}px`;
    own.style.minWidth = `${Math.max(place.width, 180)}px`;
    own.style.top = below < 160 && place.top > below ? `${place.top - Math.min(own.offsetHeight, 240) - 2}px` : `${place.bottom + 2}px`;
  }, [anchor, offers]);
  useEffect(() => list.current?.children[current]?.scrollIntoView({ block: "nearest" }), [current]);
  return (
    <ul ref={list} id={id} className="lq-options" role="listbox" aria-label={props.label} {...{ popover: "manual" }}>
      {offers.map((offer, place) => (
        <li
          key={offer.value}
          id={`${id}-${place}`}
          role="option"
          aria-selected={place === current}
          onPointerDown={(event) => {
            event.preventDefault(); // the field keeps the focus
            onPick(offer);
          }}
        >
          <span>{offer.value}</span>
          {offer.hint && <span className="lq-quiet">{offer.hint}</span>}
        </li>
      ))}
    </ul>
  );
}

/** Where the keys are in a list of offers; `onKey` says whether it took the key. */
export function useOptions(offers: readonly Offer[], onPick: (offer: Offer) => void) {
  const [open, setOpen] = useState(false);
  const [current, setCurrent] = useState(-1);
  const shown = open && offers.length > 0;
  const onKey = (event: KeyboardEvent): boolean => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!offers.length) return false;
      event.preventDefault();
      setOpen(true);
      setCurrent((now) => (shown ? (now + (event.key === "ArrowDown" ? 1 : -1) + offers.length) % offers.length : 0));
      return true;
    }
    if (!shown) return false;
    const offer = offers[current];
    if (event.key === "Enter" && offer) {
      event.preventDefault();
      setOpen(false);
      onPick(offer);
      return true;
    }
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
      return true;
    }
    return false;
  };
  return { shown, current: Math.min(current, offers.length - 1), setCurrent, open: setOpen, onKey };
}

interface ComboProps extends FieldProps {
  value: string;
  offers: readonly Offer[];
  onDone: (value: string) => void;
  placeholder?: string | undefined;
  mono?: boolean;
  /** Told with every letter, where somebody must know before she is done. */
  onType?: (text: string) => void;
  /** The field is empty again once something was taken, as in a search. */
  clears?: boolean;
}

/** One text, typed or chosen. */
export function Combo(props: ComboProps) {
  const { value, offers, onDone } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const { text, setText, done, onKeyDown } = useTyped({ value, onDone });
  const [typed, setTyped] = useState(false);
  const fitting = typed ? matching(offers, text) : offers.slice(0, MOST);
  const take = (offer: Offer) => {
    setText(props.clears ? "" : offer.value);
    props.onType?.(offer.value);
    if (offer.value !== value) onDone(offer.value);
  };
  const options = useOptions(fitting, take);
  return (
    <Field {...props}>
      {(wiring) => (
        <div className="lq-combo">
          <input
            {...wiring}
            ref={input}
            role="combobox"
            aria-expanded={options.shown}
            aria-controls={options.shown ? `${id}-list` : undefined}
            aria-activedescendant={options.shown && options.current >= 0 ? `${id}-list-${options.current}` : undefined}
            aria-autocomplete="list"
            className={props.mono ? "lq-mono" : undefined}
            value={text}
            placeholder={props.placeholder}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => {
              setText(event.target.value);
              props.onType?.(event.target.value);
              setTyped(true);
              options.open(true);
              options.setCurrent(likely(matching(offers, event.target.value), event.target.value));
            }}
            onClick={() => options.open(true)}
            onFocus={() => setTyped(false)}
            onBlur={() => {
              options.open(false);
              if (props.clears) setText("");
              else done();
            }}
            onKeyDown={(event) => {
              if (options.onKey(event)) return;
              if (event.key === "Enter") done();
              onKeyDown(event);
            }}
          />
          {options.shown && (
            <Options
              id={`${id}-list`}
              label={props.label}
              anchor={input}
              offers={fitting}
              current={options.current}
              onPick={(offer) => {
                options.open(false);
                take(offer);
              }}
            />
          )}
        </div>
      )}
    </Field>
  );
}

interface ChipsProps extends FieldProps {
  values: readonly string[];
  offers: readonly Offer[];
  onDone: (values: string[]) => void;
  placeholder?: string | undefined;
}

/** Several texts in order, each typed or chosen; Backspace takes the last one away. */
export function Chips(props: ChipsProps) {
  const { values, offers, onDone } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [text, setText] = useState("");
  const left = offers.filter(({ value }) => !values.includes(value));
  const fitting = matching(left, text);
  const add = (more: string) => {
    const names = more.split(",").map((each) => each.trim()).filter((each) => each && !values.includes(each));
    if (names.length) onDone([...values, ...names]);
    setText("");
  };
  const options = useOptions(fitting, (offer) => add(offer.value));
  return (
    <Field {...props}>
      {(wiring) => (
        <div className="lq-chips" ref={box}>
          {values.map((value) => (
            <span key={value} className="lq-chip">
              {value}
              <button type="button" aria-label={`Remove ${value}`} onClick={() => onDone(values.filter((each) => each !== value))}>
                <Icon name="close" />
              </button>
            </span>
          ))}
          <div className="lq-combo">
            <input
              {...wiring}
              ref={input}
              role="combobox"
              aria-expanded={options.shown}
              aria-controls={options.shown ? `${id}-list` : undefined}
              aria-activedescendant={options.shown && options.current >= 0 ? `${id}-list-${options.current}` : undefined}
              aria-autocomplete="list"
              value={text}
              placeholder={values.length ? undefined : props.placeholder}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => {
                setText(event.target.value);
                options.open(true);
                options.setCurrent(likely(matching(left, event.target.value), event.target.value));
              }}
              onClick={() => options.open(true)}
              onBlur={() => {
                options.open(false);
                add(text);
              }}
              onKeyDown={(event) => {
                if (options.onKey(event)) return;
                if (event.key === "Enter" || event.key === ",") {
                  event.preventDefault();
                  add(text);
                }
                if (event.key === "Backspace" && !text && values.length) onDone(values.slice(0, -1));
              }}
            />
            {options.shown && (
              <Options
                id={`${id}-list`}
                label={props.label}
                anchor={box}
                offers={fitting}
                current={options.current}
                onPick={(offer) => add(offer.value)}
              />
            )}
          </div>
        </div>
      )}
    </Field>
  );
}
