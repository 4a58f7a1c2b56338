// A part of a large graph: one box and what is one edge away, and more of it on demand.
import { useMemo, useState } from "react";

import type { Edges } from "./layout";

export interface Focus {
  /** The boxes that are shown, or nothing where all are. */
  shown: ReadonlySet<string> | undefined;
  /** How many neighbours of a box are hidden. */
  hidden: (id: string) => number;
  on: (id: string) => void;
  expand: (id: string) => void;
  all: () => void;
}

export function useFocus(ids: readonly string[], edges: Edges, first?: string): Focus {
  const near = useMemo(() => neighbours(ids, edges), [ids, edges]);
  const [wanted, setWanted] = useState<ReadonlySet<string> | undefined>(() =>
    first === undefined ? undefined : new Set([first, ...(near.get(first) ?? [])]),
  );
  const shown = useMemo(() => {
    if (!wanted) return undefined;
    const left = ids.filter((id) => wanted.has(id));
    return left.length ? new Set(left) : undefined;
  }, [wanted, ids]);
  return {
    shown,
    hidden: (id) => (shown ? (near.get(id) ?? []).filter((other) => !shown.has(other)).length : 0),
    on: (id) => setWanted(new Set([id, ...(near.get(id) ?? [])])),
    expand: (id) => setWanted((now) => now && new Set([...now, id, ...(near.get(id) ?? [])])),
    all: () => setWanted(undefined),
  };
}

function neighbours(ids: readonly string[], edges: Edges): Map<string, string[]> {
  const near = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const [source, to] of edges) {
    near.get(source)?.push(to);
    near.get(to)?.push(source);
  }
  return near;
}
