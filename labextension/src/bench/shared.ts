// State that several parts of one screen share and the kernel need not know.
import { useSyncExternalStore } from "react";

import type { Kernel } from "./kernel";

type Change<T> = Partial<T> | ((now: T) => Partial<T>);

/** Of two screens each has its own: the kernel's line tells them apart. */
export function create<T extends object>(first: T) {
  const stores = new WeakMap<Kernel, { now: T; listeners: Set<() => void>; set: (change: Change<T>) => void }>();
  const of = (kernel: Kernel) => {
    let store = stores.get(kernel);
    if (!store) {
      const listeners = new Set<() => void>();
      const made = {
        now: first,
        listeners,
        set: (change: Change<T>) => {
          made.now = { ...made.now, ...(typeof change === "function" ? change(made.now) : change) };
          for (const listener of listeners) listener();
        },
      };
      store = made;
      stores.set(kernel, store);
    }
    return store;
  };
  return {
    use: (kernel: Kernel): [T, (change: Change<T>) => void] => {
      const store = of(kernel);
      const now = useSyncExternalStore(
        (listener) => {
          store.listeners.add(listener);
          return () => store.listeners.delete(listener);
        },
        () => store.now,
      );
      return [now, store.set];
    },
  };
}
