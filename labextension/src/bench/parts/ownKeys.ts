// What she types on the bench is for the bench: a letter typed at a list adds no cell to the notebook.
import { useEffect, type RefObject } from "react";

/** JupyterLab leaves an element's keys alone that has this; it asks the element that has the focus. */
const SUPPRESS = "data-lm-suppress-shortcuts";

/** Of JupyterLab's keys only Ctrl+S, which stores the notebook, works on the bench too. */
export function useOwnKeys(root: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const own = root.current!;
    const decide = (event: KeyboardEvent) => {
      const target = event.target as Element;
      if (!own.contains(target)) return;
      const saves = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
      if (saves) target.removeAttribute(SUPPRESS);
      else target.setAttribute(SUPPRESS, "true");
    };
    // JupyterLab listens at the document before anything in it does; the window comes first.
    window.addEventListener("keydown", decide, true);
    return () => window.removeEventListener("keydown", decide, true);
  }, [root]);
}
