// Places for the boxes: dagre's, but by hand where she put one.
import dagre from "@dagrejs/dagre";

export const WIDTH = 184;
export const HEIGHT = 54;

export type Direction = "right" | "down";
export type Places = Readonly<Record<string, readonly [number, number]>>;
export type Edges = readonly (readonly [string, string])[];

export interface Placed {
  places: Record<string, { x: number; y: number }>;
  width: number;
  height: number;
}

export function placed(ids: readonly string[], edges: Edges, direction: Direction, own: Places = {}): Placed {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: direction === "right" ? "LR" : "TB", nodesep: 28, ranksep: direction === "right" ? 56 : 40 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of ids) graph.setNode(id, { width: WIDTH, height: HEIGHT });
  for (const [source, to] of edges) if (graph.hasNode(source) && graph.hasNode(to)) graph.setEdge(source, to);
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const places = Object.fromEntries(
    ids.map((id) => {
      const hand = own[id];
      const { x, y } = graph.node(id);
      return [id, hand ? { x: hand[0], y: hand[1] } : { x: x - WIDTH / 2, y: y - HEIGHT / 2 }];
    }),
  );
  return { places, width, height };
}

/** The direction in which the whole is larger on a canvas of this size. */
export function better(ids: readonly string[], edges: Edges, width: number, height: number): Direction {
  const zoom = (direction: Direction) => {
    const all = placed(ids, edges, direction);
    return Math.min(1, width / (all.width + 40), height / (all.height + 40));
  };
  return zoom("right") >= zoom("down") ? "right" : "down";
}
