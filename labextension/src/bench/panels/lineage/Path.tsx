// The way through the calculation: each step with how many of its rows count here.
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";

import { useScreen } from "../../context";
import { grouped } from "../../parts/numbers";
import { Graph, type GraphBox } from "../../parts/graph/Graph";
import { wrapped } from "./wrapped";
import type { Stage, Trail } from "./model";

export function Path({ trail }: { trail: Trail }) {
  const { select, selection } = useScreen();
  const boxes = useMemo<GraphBox[]>(
    () =>
      trail.stages.map((stage) => ({
        id: stage.operator,
        note: rowsText(stage),
        family: stage.family,
        tone: stage.exact ? undefined : "warn",
        mark: stage.exact ? undefined : "≈",
        said: `${stage.operator}, ${stage.type}: ${rowsText(stage)}${stage.exact ? "" : ", which can't be told apart"}`,
        hint: [stage.description, stage.exact ? "" : "All of them may count: this step works on whole tables"].filter(Boolean).join(" · ") || undefined,
      })),
    [trail],
  );
  const edges = useMemo(() => trail.stages.flatMap(({ operator, inputs }) => inputs.map((source): [string, string] => [source, operator])), [trail]);
  const chosen = useMemo(() => (selection.kind === "operator" && selection.id ? [selection.id] : []), [selection]);
  const onChoose = useCallback((ids: string[]) => ids[0] !== undefined && select({ kind: "operator", id: ids[0] }), [select]);
  const frame = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<readonly [number, number]>();
  useLayoutEffect(() => {
    const own = frame.current!;
    const measured = new ResizeObserver(() => setSize([own.clientWidth, own.clientHeight]));
    measured.observe(own);
    return () => measured.disconnect();
  }, []);
  const places = useMemo(() => size && wrapped(boxes.map(({ id }) => id), edges, ...size), [boxes, edges, size]);
  return (
    <div className="lq-trail" ref={frame}>
      {places && <Graph label="The way of this number" boxes={boxes} edges={edges} places={places} chosen={chosen} onChoose={onChoose} fit={`${trail.table} ${size}`} />}
    </div>
  );
}

export function rowsText(stage: Stage): string {
  const rows = stage.rows === 1 ? "1 row" : `${grouped(String(stage.rows))} rows`;
  const of = stage.of !== null && stage.of !== stage.rows ? ` of ${grouped(String(stage.of))}` : "";
  const lost = stage.filtered_out ? `, ${grouped(String(stage.filtered_out))} filtered out` : "";
  return `${rows}${of}${lost}`;
}
