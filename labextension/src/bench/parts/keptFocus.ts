// The focus stays where she works, also when what had it is gone.
import { useEffect, type RefObject } from "react";

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']";

function focusable(part: Element): HTMLElement[] {
  const all = [part, ...part.querySelectorAll<HTMLElement>("*")] as HTMLElement[];
  return all.filter((each) => each.matches(FOCUSABLE) && !each.matches(":disabled") && each.offsetParent !== null);
}

/** What stands now where something stood, its fields first; what comes after it, or is before it. */
function inItsPlace(parent: Element, place: number): HTMLElement | undefined {
  const children = [...parent.children];
  const [here = [], ...after] = children.slice(place).map(focusable);
  const field = here.find((each) => each.matches("input, select, textarea"));
  return field ?? here[0] ?? after.flat()[0] ?? children.slice(0, place).flatMap(focusable).at(-1);
}

/** A button that goes with what it removed hands the focus on to what is in its place. */
export function useKeptFocus(root: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const own = root.current!;
    let last: Element | undefined;
    let places: [Element, number][] = [];
    const onFocus = (event: FocusEvent) => {
      last = event.target as Element;
      places = [];
      for (let at: Element = last; at !== own && at.parentElement; at = at.parentElement)
        places.push([at.parentElement, [...at.parentElement.children].indexOf(at)]);
    };
    const look = () => {
      if (!last || last.isConnected || (document.activeElement ?? document.body) !== document.body) return;
      last = undefined;
      for (const [parent, place] of places) {
        const found = own.contains(parent) ? inItsPlace(parent, place) : undefined;
        if (found) return found.focus();
      }
    };
    const observer = new MutationObserver(look);
    own.addEventListener("focusin", onFocus);
    observer.observe(own, { childList: true, subtree: true });
    return () => {
      own.removeEventListener("focusin", onFocus);
      observer.disconnect();
    };
  }, [root]);
}
