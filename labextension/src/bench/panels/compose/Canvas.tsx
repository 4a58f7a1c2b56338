// The canvas of Compose: the DAG as it is, and what is done to it by hand.
import { useCallback, useMemo, type ReactNode } from "react";

import { useScreen, useSelected } from "../../context";
import { Graph, edgeId, type Editing, type GraphBox } from "../../parts/graph/Graph";
import type { Focus } from "../../parts/graph/focus";
import { useRunMarks } from "../run/marks";
import type { ComposeState } from "./model";

export function Canvas(props: { state: ComposeState; focus: Focus; fit: number; tools?: ReactNode; onEnter: (id: string) => void }) {
  const { state, focus, fit, tools, onEnter } = props;
  const { act, selection, select } = useScreen();
  const chosen = useSelected("operator");
  const marks = useRunMarks();
  const boxes = useMemo<GraphBox[]>(() => {
    const count = new Map<string, number>();
    for (const { operator } of state.faults) count.set(operator, (count.get(operator) ?? 0) + 1);
    return state.operators.map(({ id, kind, family, description }) => {
      const faults = count.get(id) ?? 0;
      const ran = faults ? undefined : marks[id];
      return {
        id,
        note: ran?.note ?? kind,
        family,
        tone: faults ? "bad" : ran?.tone === "quiet" ? undefined : ran?.tone,
        mark: faults ? String(faults) : ran?.mark,
        said: `${id}, ${kind}${faults ? `, ${faults === 1 ? "1 fault" : `${faults} faults`}` : ran ? `, ${ran.note}` : ""}`,
        hint: description || undefined,
      };
    });
  }, [state.operators, state.faults, marks]);
  const onChoose = useCallback(
    (ids: string[]) => {
      const [id] = ids;
      if (id === undefined) select({});
      else select(ids.length > 1 ? { kind: "operator", id, ids } : { kind: "operator", id });
    },
    [select],
  );
  const onChooseEdge = useCallback(
    (source: string, to: string) => select({ kind: "edge", id: edgeId(source, to) }),
    [select],
  );
  const editing = useMemo<Editing>(
    () => ({
      onConnect: (source, to) => void act("compose.connect", { source, to }),
      onMove: (places) => void act("compose.move", { places }),
      onRemove: async (operators, edges) => {
        if (operators.length) await act("compose.remove", { operators });
        else for (const [source, to] of edges) await act("compose.disconnect", { source, to });
      },
      onDropKind: (kind, place) => void act("compose.add", { kind, place }),
    }),
    [act],
  );
  return (
    <Graph
      label="Calculation"
      boxes={boxes}
      edges={state.edges}
      places={state.places}
      chosen={chosen}
      onChoose={onChoose}
      chosenEdge={selection.kind === "edge" ? selection.id : undefined}
      onChooseEdge={onChooseEdge}
      onEnter={onEnter}
      focus={focus}
      fit={fit}
      editing={editing}
      tools={tools}
    />
  );
}
