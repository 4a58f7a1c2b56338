// Which form is shown: another one for another thing, the same one for a renamed thing.
import { useRef } from "react";

/** A number for the key of a form: what is renamed among its like keeps its form, and the focus in it. */
export function useFormOf(id: string | undefined, siblings: readonly { id: string }[] | undefined, group?: string): number {
  const last = useRef({ id, count: siblings?.length, group, form: 0 }).current;
  const renamed = last.count === siblings?.length && !siblings?.some((each) => each.id === last.id);
  if (last.group !== group || (last.id !== id && !renamed)) last.form++;
  Object.assign(last, { id, count: siblings?.length, group });
  return last.form;
}
