// An operator's parameters as she writes them: her changes show at once, and until the kernel has them.
import { useCallback, useMemo, useState } from "react";

import { useScreen } from "../../context";
import type { OperatorState, Path } from "./model";

type Parameters = Record<string, unknown>;

export interface Written {
  parameters: Parameters;
  /** Set one value; what isn't there on the way to it is made. */
  set: (path: Path, value: unknown) => void;
  unset: (path: Path) => void;
}

interface Change {
  path: Path;
  /** Nothing takes the value out. */
  value: unknown;
}

/** Of one form's operator, whatever it is called meanwhile. */
export function useWritten(operator: OperatorState): Written {
  const { act } = useScreen();
  const [changes, setChanges] = useState<readonly Change[]>([]);
  const change = useCallback(
    async (own: Change) => {
      setChanges((now) => [...now, own]);
      const { path, value } = own;
      const place = { operator: operator.id, path };
      await (value === undefined ? act("compose.unset", place) : act("compose.set", { ...place, value }));
      setChanges((now) => now.filter((each) => each !== own));
    },
    [act, operator.id],
  );
  return useMemo(
    () => ({
      parameters: changes.reduce((held: unknown, { path, value }) => put(held, path, value), operator.parameters) as Parameters,
      set: (path, value) => void change({ path, value }),
      unset: (path) => void change({ path, value: undefined }),
    }),
    [changes, change, operator.parameters],
  );
}

/** A copy with one value set as the kernel will set it; where the kernel will refuse, as it is. */
function put(holder: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === "number") {
    const entries = (holder ?? []) as unknown[];
    if (!Array.isArray(entries) || step > entries.length) return holder;
    return [...entries.slice(0, step), put(entries[step], rest, value), ...entries.slice(step + 1)];
  }
  const own = (holder ?? {}) as Parameters;
  if (typeof own !== "object" || Array.isArray(own)) return holder;
  const { [step]: now, ...others } = own;
  if (!rest.length && value === undefined) return others;
  return { ...own, [step]: put(now, rest, value) };
}
