// Places for the operators: dagre's, from left to right, but by hand where she put one.
import dagre from "@dagrejs/dagre";

import type { ComposeState } from "./model";

export const WIDTH = 180;
export const HEIGHT = 52;

export function placed(state: ComposeState): Record<string, { x: number; y: number }> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 24, ranksep: 56 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of state.operators) graph.setNode(id, { width: WIDTH, height: HEIGHT });
  for (const [source, to] of state.edges)
    if (graph.hasNode(source) && graph.hasNode(to)) graph.setEdge(source, to);
  dagre.layout(graph);
  return Object.fromEntries(
    state.operators.map(({ id }) => {
      const own = state.places[id];
      const { x, y } = graph.node(id);
      return [id, own ? { x: own[0], y: own[1] } : { x: x - WIDTH / 2, y: y - HEIGHT / 2 }];
    }),
  );
}
