// Above the table: which figure, against what, which rows; and the table as a file.
import { useEffect, useState } from "react";

import { useScreen } from "../../context";
import { Button } from "../../parts/Button";
import { CheckField, SelectField } from "../../parts/Field";
import { download, type File } from "../../parts/download";
import { capital, type Ready, type View } from "./model";

export function Toolbar({ state }: { state: Ready }) {
  const { act } = useScreen();
  const look = (changes: Partial<View>) => void act("impact.view", { changes });
  const { view } = state;
  const save = async (kind: string) => {
    const file = await act<File>("impact.export", { kind });
    if (file) download(file);
  };
  return (
    <div className="lq-bar lq-impact-bar">
      <div className="lq-choice" role="group" aria-label="Figure">
        {state.metrics.map((each) => (
          <button key={each.name} type="button" aria-pressed={each.name === state.metric} onClick={() => look({ metric: each.name })}>
            {capital(each.title)}
          </button>
        ))}
      </div>
      <SelectField
        label="Against"
        value={view.against || "baseline"}
        options={[
          { value: "baseline", label: "the baseline" },
          ...state.variants.filter((each) => each.ran).map((each) => ({ value: each.name, label: `${each.scenario} after ${each.point}` })),
        ]}
        onDone={(against) => look({ against: against === "baseline" ? "" : against })}
      />
      <div className="lq-choice" role="group" aria-label="Changes">
        <button type="button" aria-pressed={!view.relative} onClick={() => look({ relative: false })}>
          absolute
        </button>
        <button type="button" aria-pressed={view.relative} onClick={() => look({ relative: true })}>
          in %
        </button>
      </div>
      <Filter value={view.filter} onDone={(filter) => look({ filter, shown: 50 })} />
      <CheckField label="Only changes" value={view.changed_only} onDone={(changed_only) => look({ changed_only })} />
      <span className="lq-quiet" role="status">
        {state.count === state.of ? `${state.of} entities` : `${state.count} of ${state.of} entities`}
      </span>
      <span className="lq-space" />
      <span className="lq-quiet">Save as</span>
      {(["csv", "xlsx", "html"] as const).map((kind) => (
        <Button key={kind} look="quiet" title={TITLES[kind]} onClick={() => void save(kind)}>
          {NAMES[kind]}
        </Button>
      ))}
    </div>
  );
}

const NAMES = { csv: "CSV", xlsx: "Excel", html: "HTML" };
const TITLES = {
  csv: "All entities and figures with all their digits, as CSV",
  xlsx: "All entities and figures as an Excel file",
  html: "The table as a page of its own, which needs nothing else",
};

/** Filters while she types, a moment after the last key. */
function Filter({ value, onDone }: { value: string; onDone: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return undefined;
    const soon = setTimeout(() => onDone(text), 150);
    return () => clearTimeout(soon);
    // The newest `onDone` does the same as the one before.
  }, [text, value]);
  return <input type="search" aria-label="Filter the entities" placeholder="Filter entities" value={text} onChange={(event) => setText(event.target.value)} />;
}
