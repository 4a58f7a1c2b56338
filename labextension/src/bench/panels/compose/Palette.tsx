// The palette: every operator there is, found by typing, added behind the chosen one or dragged.
import { useEffect, useMemo, useState, type RefObject } from "react";

import { useScreen, useSelected } from "../../context";
import type { Kernel } from "../../kernel";
import { KIND_DRAGGED } from "../../parts/graph/Graph";
import type { Kind } from "./model";

const asked = new WeakMap<Kernel, Promise<Kind[] | undefined>>();

/** What there is to add; asked of the kernel once. */
export function usePalette(): Kind[] {
  const { kernel, act } = useScreen();
  const [kinds, setKinds] = useState<Kind[]>([]);
  useEffect(() => {
    const found = asked.get(kernel) ?? act<Kind[]>("compose.palette");
    asked.set(kernel, found);
    void found.then((answer) => setKinds(answer ?? []));
  }, [kernel, act]);
  return kinds;
}

const FAMILIES: [string, string][] = [
  ["source", "Sources"],
  ["row", "Row by row"],
  ["adjust", "Adjust"],
  ["group", "By group"],
  ["table", "Whole tables"],
  ["", "Others"],
];

export function Palette(props: { kinds: Kind[]; search: RefObject<HTMLInputElement>; onAdded: (id: string) => void }) {
  const { kinds, search, onAdded } = props;
  const { act } = useScreen();
  const chosen = useSelected("operator");
  const after = chosen.length === 1 ? chosen[0] : undefined;
  const [text, setText] = useState("");
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    const fitting = kinds.filter(
      ({ kind, help }) => kind.replaceAll("_", " ").includes(wanted) || kind.includes(wanted) || help.toLowerCase().includes(wanted),
    );
    const rank = ({ kind }: Kind) => (kind === wanted ? 0 : kind.startsWith(wanted) ? 1 : kind.includes(wanted) ? 2 : 3);
    return fitting.sort((one, other) => rank(one) - rank(other));
  }, [kinds, text]);
  const add = async ({ kind, most }: Kind) => {
    const id = await act<string>("compose.add", { kind, after: most === 0 ? null : (after ?? null) });
    if (id === undefined) return;
    setText("");
    onAdded(id);
  };
  return (
    <nav className="lq-palette" aria-label="Operators to add">
      <input
        ref={search}
        type="search"
        aria-label="Find an operator to add"
        placeholder="Add … (A)"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && text.trim() && found[0]) {
            event.preventDefault();
            void add(found[0]);
          }
          if (event.key === "Escape" && text) {
            event.stopPropagation();
            setText("");
          }
        }}
      />
      <p className="lq-quiet">{after ? `fed by ${after}` : "fed by what you choose"}</p>
      {FAMILIES.map(([family, title]) => {
        const own = found.filter((each) => each.family === family);
        if (!own.length) return null;
        return (
          <section key={family} aria-label={title}>
            <h3>{title}</h3>
            {own.map((each) => (
              <button
                key={each.kind}
                type="button"
                className={`lq-kind-button lq-family-${each.family}${text.trim() && each === found[0] ? " lq-first" : ""}`}
                title={each.help.replace(/``/g, "")}
                draggable
                onDragStart={(event) => {
                  event.dataTransfer.setData(KIND_DRAGGED, each.kind);
                  event.dataTransfer.effectAllowed = "copy";
                }}
                onClick={() => void add(each)}
              >
                {each.kind}
              </button>
            ))}
          </section>
        );
      })}
      {!found.length && <p className="lq-quiet">No operator is called so.</p>}
    </nav>
  );
}
