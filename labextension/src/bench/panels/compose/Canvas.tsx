// The canvas: operators as boxes, edges as arrows; all of it by mouse, most of it by keys.
import {
  Background,
  Controls,
  Handle,
  MiniMap,
  Position,
  ReactFlow,
  applyNodeChanges,
  type Edge,
  type Node,
  type NodeChange,
  type NodeProps,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useCallback, useEffect, useMemo, useState } from "react";

import { useScreen } from "../../context";
import { HEIGHT, WIDTH, placed } from "./layout";
import type { ComposeState, OperatorState } from "./model";

type Box = Node<{ operator: OperatorState; faults: number }, "operator">;

function OperatorBox({ data, selected }: NodeProps<Box>) {
  const { operator, faults } = data;
  return (
    <div
      className={`lq-box lq-kind-${operator.kind}${selected ? " lq-selected" : ""}${faults ? " lq-faulty" : ""}`}
      title={operator.description || undefined}
    >
      <Handle type="target" position={Position.Left} />
      <b>{operator.id}</b>
      <span>
        {operator.kind}
        {faults > 0 && <i> · {faults === 1 ? "1 fault" : `${faults} faults`}</i>}
      </span>
      <Handle type="source" position={Position.Right} />
    </div>
  );
}

const nodeTypes = { operator: OperatorBox };

function boxes(state: ComposeState, chosen: string | undefined): Box[] {
  const places = placed(state);
  const count = new Map<string, number>();
  for (const { operator } of state.faults) count.set(operator, (count.get(operator) ?? 0) + 1);
  return state.operators.map((operator) => {
    const faults = count.get(operator.id) ?? 0;
    return {
      id: operator.id,
      type: "operator",
      position: places[operator.id]!,
      width: WIDTH,
      height: HEIGHT,
      selected: operator.id === chosen,
      data: { operator, faults },
      ariaLabel: `${operator.id}, ${operator.kind}${faults ? `, ${faults} faults` : ""}`,
    };
  });
}

export function Canvas({ state }: { state: ComposeState }) {
  const { bench, act, select } = useScreen();
  const chosen = bench.selection.kind === "operator" ? bench.selection.id : undefined;
  const wanted = useMemo(() => boxes(state, chosen), [state, chosen]);
  const [nodes, setNodes] = useState<Box[]>(wanted);
  useEffect(() => setNodes(wanted), [wanted]);
  const edges = useMemo<Edge[]>(
    () =>
      state.edges.map(([source, target]) => ({
        id: `${source}→${target}`,
        source,
        target,
        selected: bench.selection.kind === "edge" && bench.selection.id === `${source}→${target}`,
        ariaLabel: `${source} feeds ${target}`,
      })),
    [state.edges, bench.selection],
  );
  const onNodesChange = useCallback((changes: NodeChange<Box>[]) => {
    // Selection and removal are the kernel's; only what moves under the mouse is the screen's own.
    const moves = changes.filter(({ type }) => type === "position" || type === "dimensions");
    setNodes((now) => applyNodeChanges(moves, now));
  }, []);
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      onNodesChange={onNodesChange}
      onNodeClick={(_, node) => select({ kind: "operator", id: node.id })}
      onEdgeClick={(_, edge) => select({ kind: "edge", id: edge.id })}
      onPaneClick={() => select({})}
      onSelectionChange={({ nodes: [only, more] }) => {
        if (only && !more && only.id !== chosen) select({ kind: "operator", id: only.id });
      }}
      onConnect={({ source, target }) => void act("compose.connect", { source, to: target })}
      onNodeDragStop={(_, __, moved) =>
        void act("compose.move", {
          places: Object.fromEntries(
            moved.map(({ id, position }) => [id, [position.x, position.y]]),
          ),
        })
      }
      onBeforeDelete={async ({ nodes: gone, edges: cut }) => {
        if (gone.length) await act("compose.remove", { operators: gone.map(({ id }) => id) });
        else for (const { source, target } of cut) await act("compose.disconnect", { source, to: target });
        return false; // the kernel tells what is left
      }}
      deleteKeyCode={["Delete", "Backspace"]}
      zoomOnScroll={false}
      preventScrolling={false}
      zoomActivationKeyCode="Control"
      fitView
      fitViewOptions={{ maxZoom: 1 }}
      minZoom={0.2}
      proOptions={{ hideAttribution: true }}
    >
      <Background />
      <Controls showInteractive={false} />
      <MiniMap pannable zoomable ariaLabel="Overview of the DAG" />
    </ReactFlow>
  );
}
