// The head: where she is, for which day, and undo and redo.
import { useScreen } from "../context";

export function Head() {
  const { bench, act } = useScreen();
  return (
    <header className="lq-head">
      <strong>{bench.dag}</strong>
      <span className="lq-quiet">workspace {bench.workspace}</span>
      <label>
        as of{" "}
        <input
          type="date"
          value={bench.as_of}
          onChange={(event) =>
            event.target.value && void act("bench.set_as_of", { as_of: event.target.value })
          }
        />
      </label>
      <span className="lq-space" />
      <button
        disabled={!bench.undo}
        title={bench.undo ? `Undo: ${bench.undo} (Ctrl+Z)` : "Nothing to undo"}
        aria-label="Undo"
        onClick={() => void act("bench.undo")}
      >
        ↶
      </button>
      <button
        disabled={!bench.redo}
        title={bench.redo ? `Redo: ${bench.redo} (Ctrl+Shift+Z)` : "Nothing to redo"}
        aria-label="Redo"
        onClick={() => void act("bench.redo")}
      >
        ↷
      </button>
    </header>
  );
}
