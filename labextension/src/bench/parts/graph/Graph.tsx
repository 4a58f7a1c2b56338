// A DAG as boxes and arrows, for every step that shows one; Compose also edits it.
import {
  Background,
  Handle,
  MiniMap,
  Position,
  ReactFlow,
  ReactFlowProvider,
  applyNodeChanges,
  useReactFlow,
  useStore,
  type Connection,
  type Edge,
  type Node,
  type NodeChange,
  type NodeProps,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { memo, useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type MutableRefObject, type ReactNode, type RefObject } from "react";

import { IconButton } from "../Button";
import { HEIGHT, WIDTH, better, placed, type Direction, type Edges, type Places } from "./layout";
import type { Focus } from "./focus";

export interface GraphBox {
  id: string;
  /** The second line: what it is, or how far it is. */
  note: string;
  /** What its left side's colour says: source, row, group, table, adjust. */
  family: string;
  /** What state it is in; `bad` boxes are framed. */
  tone?: "good" | "bad" | "busy" | "warn" | "quiet" | undefined;
  /** A short mark at its right: a count of faults, a sign. */
  mark?: string | undefined;
  /** All of that in words, for those who can't see it. */
  said?: string | undefined;
  hint?: string | undefined;
}

export interface Editing {
  onConnect: (source: string, to: string) => void;
  onMove: (places: Record<string, [number, number]>) => void;
  onRemove: (boxes: string[], edges: [string, string][]) => void;
  onDropKind: (kind: string, place: [number, number]) => void;
}

export interface GraphProps {
  label: string;
  boxes: readonly GraphBox[];
  edges: Edges;
  places?: Places;
  chosen: readonly string[];
  onChoose: (ids: string[]) => void;
  chosenEdge?: string | undefined;
  onChooseEdge?: (source: string, to: string) => void;
  /** Enter on the chosen box. */
  onEnter?: ((id: string) => void) | undefined;
  focus?: Focus;
  editing?: Editing;
  /** Further buttons of the canvas. */
  tools?: ReactNode;
  /** Changes when the picture shall be fitted again. */
  fit?: string | number;
}

export const KIND_DRAGGED = "application/x-liqbench-kind";

export function edgeId(source: string, to: string): string {
  return `${source}→${to}`;
}

interface Own extends Record<string, unknown> {
  box: GraphBox;
  direction: Direction;
  hidden: number;
  expand: (() => void) | undefined;
  fixed: boolean;
}
type Drawn = Node<Own, "box">;

const Box = memo(function Box({ data, selected }: NodeProps<Drawn>) {
  const { box, direction, hidden, expand, fixed } = data;
  return (
    <div className={`lq-box lq-family-${box.family} lq-tone-${box.tone ?? "none"}${selected ? " lq-selected" : ""}`} title={box.hint}>
      {box.family !== "source" && <Handle type="target" isConnectable={!fixed} position={direction === "right" ? Position.Left : Position.Top} />}
      <b>{box.id}</b>
      <span>{box.note}</span>
      {box.mark && <i>{box.mark}</i>}
      {hidden > 0 && (
        <button
          type="button"
          className="lq-more nodrag"
          tabIndex={-1}
          title={hidden === 1 ? "Show 1 operator more" : `Show ${hidden} operators more`}
          onClick={(event) => {
            event.stopPropagation();
            expand?.();
          }}
        >
          +{hidden}
        </button>
      )}
      <Handle type="source" isConnectable={!fixed} position={direction === "right" ? Position.Right : Position.Bottom} />
    </div>
  );
});

const nodeTypes = { box: Box };

export function Graph(props: GraphProps) {
  return (
    <ReactFlowProvider>
      <Inner {...props} />
    </ReactFlowProvider>
  );
}

function Inner(props: GraphProps) {
  const { boxes, edges, places, chosen, focus, editing, onChoose } = props;
  const flow = useReactFlow<Drawn>();
  const frame = useRef<HTMLDivElement>(null);
  const [direction, setDirection] = useState<Direction>();
  const shown = useMemo(
    () => (focus?.shown ? boxes.filter(({ id }) => focus.shown!.has(id)) : boxes),
    [boxes, focus?.shown],
  );
  const ids = useMemo(() => shown.map(({ id }) => id), [shown]);
  const shape = JSON.stringify([ids, edges]);
  useEffect(() => {
    // Once, for the size that the canvas has: a picture that turns by itself would be a surprise.
    const { clientWidth, clientHeight } = frame.current!;
    setDirection((now) => now ?? (ids.length < 4 ? "down" : better(ids, edges, clientWidth, clientHeight)));
  }, [ids, edges]);
  const where = useMemo(
    () => placed(ids, edges, direction ?? "down", focus?.shown ? {} : places).places,
    // `shape` stands for ids and edges
    [shape, direction, places, focus?.shown],
  );
  const wanted = useMemo<Drawn[]>(
    () =>
      shown.map((box) => ({
        id: box.id,
        type: "box",
        position: where[box.id]!,
        width: WIDTH,
        height: HEIGHT,
        selected: chosen.includes(box.id),
        deletable: Boolean(editing),
        data: {
          box,
          direction: direction ?? "down",
          hidden: focus?.hidden(box.id) ?? 0,
          expand: focus && (() => focus.expand(box.id)),
          fixed: !editing,
        },
        ariaLabel: box.said ?? `${box.id}, ${box.note}`,
      })),
    [shown, where, chosen, direction, focus, editing],
  );
  const [nodes, setNodes] = useState<Drawn[]>(wanted);
  const drawn = useRef(nodes);
  const chose = useRef("");
  const draw = useCallback((now: Drawn[]) => setNodes((drawn.current = now)), []);
  useEffect(() => draw(measured(wanted, drawn.current)), [draw, wanted]);
  const drawnEdges = useMemo<Edge[]>(
    () =>
      edges.map(([source, target]) => ({
        id: edgeId(source, target),
        source,
        target,
        selected: props.chosenEdge === edgeId(source, target),
        focusable: Boolean(props.onChooseEdge),
        ariaLabel: `${source} feeds ${target}`,
      })),
    [edges, props.chosenEdge, props.onChooseEdge],
  );
  const onNodesChange = useCallback(
    (changes: NodeChange<Drawn>[]) => {
      const next = applyNodeChanges(changes, drawn.current);
      draw(next);
      if (!changes.some(({ type }) => type === "select")) return;
      const picked = next.filter(({ selected }) => selected).map(({ id }) => id);
      if (!picked.length || picked.join() === chosen.join()) return;
      chose.current = picked.join();
      onChoose(picked);
    },
    [draw, chosen, onChoose],
  );
  const turned = useFitted(`${props.fit ?? ""} ${direction} ${focus?.shown ? [...focus.shown].join() : ""}`, ids.length);
  const zoom = (by: () => Promise<boolean>) => {
    turned.current = true;
    void by();
  };
  useShown(chosen, chose);

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const id = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node")?.dataset["id"];
    if (id === undefined) return;
    if (event.key === "Enter" && chosen.includes(id) && props.onEnter) {
      event.preventDefault();
      event.stopPropagation();
      props.onEnter(id);
    }
    const arrow = ARROWS[event.key];
    if (!arrow || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const next = beside(id, arrow, where);
    if (next === undefined) return;
    onChoose(event.shiftKey ? [...new Set([...chosen, next])] : [next]);
    frame.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(next)}"]`)?.focus();
  };
  return (
    <div
      className="lq-graph"
      ref={frame}
      role="group"
      aria-label={props.label}
      onKeyDownCapture={onKeyDown}
      onDragOver={(event) => {
        if (editing && event.dataTransfer.types.includes(KIND_DRAGGED)) event.preventDefault();
      }}
      onDrop={(event) => {
        const kind = event.dataTransfer.getData(KIND_DRAGGED);
        if (!kind || !editing) return;
        event.preventDefault();
        const { x, y } = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
        editing.onDropKind(kind, [Math.round(x - WIDTH / 2), Math.round(y - HEIGHT / 2)]);
      }}
    >
      <ReactFlow
        nodes={nodes}
        edges={drawnEdges}
        nodeTypes={nodeTypes}
        onNodesChange={onNodesChange}
        onMoveStart={(event) => event && (turned.current = true)}
        onPaneClick={() => onChoose([])}
        onNodeClick={(event, { id }) => {
          // Of several that are chosen, a plain click leaves only this one.
          if (chosen.length > 1 && !event.shiftKey && !event.ctrlKey && !event.metaKey) onChoose([id]);
        }}
        onEdgeClick={(_, edge) => props.onChooseEdge?.(edge.source, edge.target)}
        onConnect={({ source, target }: Connection) => editing?.onConnect(source, target)}
        onNodeDragStop={(_, __, moved) =>
          editing?.onMove(
            Object.fromEntries(moved.map(({ id, position }) => [id, [Math.round(position.x), Math.round(position.y)]])),
          )
        }
        onBeforeDelete={async ({ nodes: gone, edges: cut }) => {
          editing?.onRemove(
            gone.map(({ id }) => id),
            cut.map(({ source, target }) => [source, target]),
          );
          return false; // the kernel tells what is left
        }}
        deleteKeyCode={editing ? ["Delete", "Backspace"] : null}
        nodesDraggable={Boolean(editing)}
        nodesConnectable={Boolean(editing)}
        connectionRadius={36}
        multiSelectionKeyCode={["Shift", "Control", "Meta"]}
        selectionKeyCode="Shift"
        zoomOnScroll={false}
        preventScrolling={false}
        zoomActivationKeyCode="Control"
        zoomOnDoubleClick={false}
        minZoom={0.1}
        maxZoom={1.6}
        onlyRenderVisibleElements={boxes.length > 80}
        disableKeyboardA11y={false}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={20} />
        {boxes.length > 6 && <MiniMap pannable zoomable ariaLabel="Overview" style={{ width: 140, height: 96 }} nodeClassName={(node) => `lq-mini-${(node.data as Own).box.tone ?? "none"}`} />}
      </ReactFlow>
      <div className="lq-canvas-tools" role="toolbar" aria-label="View">
        <IconButton icon="add" label="Zoom in" onClick={() => zoom(flow.zoomIn)} />
        <IconButton icon="minus" label="Zoom out" onClick={() => zoom(flow.zoomOut)} />
        <IconButton
          icon="fit"
          label="Show all of it"
          onClick={() => {
            turned.current = false;
            void flow.fitView(FIT);
          }}
        />
        <IconButton
          icon="turn"
          label={direction === "right" ? "From the top down" : "From left to right"}
          onClick={() => setDirection(direction === "right" ? "down" : "right")}
        />
        {props.tools}
      </div>
    </div>
  );
}

/** What was measured already: without it edges have no ends until it is measured again. */
function measured(wanted: Drawn[], before: Drawn[]): Drawn[] {
  const known = new Map(before.map((node) => [node.id, node]));
  return wanted.map((node) => {
    const old = known.get(node.id);
    return old?.measured && old.data.direction === node.data.direction ? { ...node, measured: old.measured } : node;
  });
}

const FIT = { padding: 0.08, maxZoom: 1, duration: 0 };

/** Fit the picture to the canvas when it opens, when the reason changes, and to another width until she moves it herself. */
function useFitted(reason: string, count: number): MutableRefObject<boolean> {
  const flow = useReactFlow();
  const width = useStore((store) => store.width);
  const turned = useRef(false);
  const last = useRef("");
  const ready = width > 0 && count > 0;
  useEffect(() => {
    if (!ready || (turned.current && last.current === reason)) return undefined;
    last.current = reason;
    const soon = requestAnimationFrame(() => void flow.fitView(FIT));
    return () => cancelAnimationFrame(soon);
  }, [flow, reason, ready, width]);
  return turned;
}

/** Bring what was chosen elsewhere, or has just come, into sight. */
function useShown(chosen: readonly string[], here: RefObject<string>) {
  const flow = useReactFlow();
  const only = chosen.length === 1 ? chosen[0] : undefined;
  const store = useStore((state) => state.domNode);
  useEffect(() => {
    if (only === undefined || !store || only === here.current) return undefined;
    const inside = () => {
      const node = flow.getNode(only);
      if (!node) return true;
      const { x, y, zoom } = flow.getViewport();
      const [left, top] = [node.position.x * zoom + x, node.position.y * zoom + y];
      const [right, bottom] = [left + WIDTH * zoom, top + HEIGHT * zoom];
      return left >= 0 && top >= 0 && right <= store.clientWidth && bottom <= store.clientHeight;
    };
    const soon = setTimeout(async () => {
      if (inside()) return;
      await flow.fitView({ ...FIT, minZoom: 0.5 });
      const node = flow.getNode(only);
      if (!node || inside()) return;
      const { x, y } = node.position;
      await flow.setCenter(x + WIDTH / 2, y + HEIGHT / 2, { zoom: flow.getZoom(), duration: 0 });
    }, 30);
    return () => clearTimeout(soon);
  }, [flow, only, store, here]);
}

const ARROWS: Record<string, [number, number]> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** The nearest box in a direction: near along it, and not far off it. */
function beside(id: string, [dx, dy]: [number, number], where: Placed): string | undefined {
  const here = where[id];
  if (!here) return undefined;
  let best: [number, string] | undefined;
  for (const [other, there] of Object.entries(where)) {
    const along = (there.x - here.x) * dx + (there.y - here.y) * dy;
    const off = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
    if (other === id || along <= 1) continue;
    const far = along + 2 * off;
    if (!best || far < best[0]) best = [far, other];
  }
  return best?.[1];
}
type Placed = Record<string, { x: number; y: number }>;
