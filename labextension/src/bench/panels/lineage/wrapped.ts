// Places for a long way: it goes on in another line where one would be too small to read.
import { HEIGHT, WIDTH, placed, type Edges, type Places } from "../../parts/graph/layout";

const GAP = 44;

export function wrapped(ids: readonly string[], edges: Edges, width: number, height: number): Places {
  const flat = placed(ids, edges, "right").places;
  const columns = [...new Set(ids.map((id) => flat[id]!.x))].sort((one, other) => one - other);
  const rows = ids.map((id) => flat[id]!.y);
  const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
  const line = bottom - top + HEIGHT + GAP;
  const step = columns.length > 1 ? columns[1]! - columns[0]! : WIDTH;
  let best = { zoom: 0, each: columns.length };
  for (let lines = 1; lines <= 4; lines++) {
    const each = Math.ceil(columns.length / lines);
    const zoom = Math.min(1, width / ((each - 1) * step + WIDTH + 40), height / (lines * line - GAP + 40));
    if (zoom > best.zoom + 0.05) best = { zoom, each };
  }
  return Object.fromEntries(
    ids.map((id): [string, [number, number]] => {
      const { x, y } = flat[id]!;
      const column = columns.indexOf(x);
      const down = Math.floor(column / best.each);
      return [id, [(column % best.each) * step, y - top + down * line]];
    }),
  );
}
