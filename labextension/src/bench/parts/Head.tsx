// The head: where she is, for which day, what was run last, and undo and redo.
import { useRef, type ReactNode } from "react";

import { useScreen } from "../context";
import { IconButton } from "./Button";

export function Head({ children }: { children: ReactNode }) {
  const { bench, act } = useScreen();
  const head = useRef<HTMLElement>(null);
  const onFull = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void head.current?.closest(".lq-bench")?.requestFullscreen();
  };
  return (
    <header className="lq-head" ref={head}>
      <strong title={bench.dag}>{bench.dag}</strong>
      <span className="lq-quiet lq-cut">in {bench.workspace}</span>
      <label className="lq-day">
        As of
        <input
          type="date"
          value={bench.as_of}
          onChange={(event) => event.target.value && void act("bench.set_as_of", { as_of: event.target.value })}
        />
      </label>
      <span className="lq-space" />
      {children}
      <IconButton
        icon="undo"
        label="Undo"
        disabled={!bench.undo}
        title={bench.undo ? `Undo: ${bench.undo} (Ctrl+Z)` : "Nothing to undo"}
        onClick={() => void act("bench.undo")}
      />
      <IconButton
        icon="redo"
        label="Redo"
        disabled={!bench.redo}
        title={bench.redo ? `Redo: ${bench.redo} (Ctrl+Shift+Z)` : "Nothing to redo"}
        onClick={() => void act("bench.redo")}
      />
      <IconButton icon="fit" label="Full screen" onClick={onFull} />
    </header>
  );
}
