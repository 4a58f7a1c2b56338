// The palette: every operator there is, added behind the chosen one.
import { useEffect, useState } from "react";

import { useScreen } from "../../context";
import type { Kind } from "./model";

export function usePalette(): Kind[] {
  const { act } = useScreen();
  const [kinds, setKinds] = useState<Kind[]>([]);
  useEffect(() => void act<Kind[]>("compose.palette").then((found) => setKinds(found ?? [])), [act]);
  return kinds;
}

export function Palette({ kinds }: { kinds: Kind[] }) {
  const { bench, act } = useScreen();
  const after = bench.selection.kind === "operator" ? bench.selection.id : undefined;
  return (
    <nav className="lq-palette" aria-label="Operators to add">
      <p className="lq-quiet">{after ? `Add behind ${after}` : "Add"}</p>
      {kinds.map(({ kind, help, most }) => (
        <button
          key={kind}
          title={help}
          onClick={() =>
            void act("compose.add", { kind, after: most === 0 ? null : (after ?? null) })
          }
        >
          {kind}
        </button>
      ))}
    </nav>
  );
}
