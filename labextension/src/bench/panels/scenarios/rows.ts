// Rows that are added and removed by hand: the focus goes along.
import { useEffect, useRef } from "react";

/** After a row was added its first field has the focus, after one was removed the button that adds. */
export function useRows(count: number) {
  const root = useRef<HTMLDivElement>(null);
  const last = useRef({ count, by: "" as "" | "added" | "removed" });
  useEffect(() => {
    const { count: before, by } = last.current;
    last.current = { count, by: count === before ? by : "" };
    if (by === "added" && count > before) {
      const rows = root.current!.querySelectorAll(":scope > .lq-condition-line");
      rows[rows.length - 1]?.querySelector<HTMLElement>("input, select")?.focus();
    }
    if (by === "removed" && count < before) root.current?.querySelector<HTMLElement>(":scope > .lq-condition-add button")?.focus();
  }, [count]);
  return { root, added: () => void (last.current.by = "added"), removed: () => void (last.current.by = "removed") };
}
