// Tabs: arrows move between them, one is current.
import { useRef, type KeyboardEvent, type ReactNode } from "react";

export interface Tab {
  name: string;
  title: ReactNode;
}

export function Tabs(props: { label: string; tabs: readonly Tab[]; current: string; controls: string; onChoose: (name: string) => void }) {
  const { tabs, current, onChoose } = props;
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const now = tabs.findIndex((each) => each.name === current);
    const next = (now + move + tabs.length) % tabs.length;
    onChoose(tabs[next]!.name);
    list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[next]?.focus();
  };
  return (
    <div className="lq-tabs" role="tablist" aria-label={props.label} ref={list} onKeyDown={onKeyDown}>
      {tabs.map((each) => (
        <button
          key={each.name}
          type="button"
          role="tab"
          aria-selected={each.name === current}
          aria-controls={props.controls}
          tabIndex={each.name === current ? 0 : -1}
          onClick={() => onChoose(each.name)}
        >
          {each.title}
        </button>
      ))}
    </div>
  );
}
