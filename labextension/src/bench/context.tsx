// What every part of the screen may use: the kernel, the shared state, one selection, faults.
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";

import { Refused, usePanel, type Args, type Fault, type Kernel } from "./kernel";

/** One thing is selected for the whole bench: an operator, an edge, a cell, a deal. */
export interface Selection {
  kind?: string;
  id?: string;
  /** All of them, where several of a kind are. */
  ids?: string[];
  /** Of a cell: where it stands; a variant of nothing is the baseline. */
  variant?: string;
  entity?: string;
  category?: string;
  metric?: string;
  /** Of a deal: its key's fields. */
  key?: Record<string, unknown>;
}

export interface BenchState {
  name: string;
  workspace: string;
  dag: string;
  as_of: string;
  /** Whether there is a Spark session already. */
  spark: boolean;
  selection: Selection;
  undo: string;
  redo: string;
  notices: string[];
}

interface Screen {
  kernel: Kernel;
  bench: BenchState;
  /** Ask the kernel; a refusal is shown in the status line and answered with `undefined`. */
  act: <T = unknown>(command: string, args?: Args) => Promise<T | undefined>;
  selection: Selection;
  select: (selection: Selection) => void;
  fault: Fault | undefined;
  setFault: (fault: Fault | undefined) => void;
  step: string;
  setStep: (step: string) => void;
}

const Context = createContext<Screen | undefined>(undefined);

export function useScreen(): Screen {
  const screen = useContext(Context);
  if (!screen) throw new Error("a part of the screen stands outside of it");
  return screen;
}

export function ScreenProvider(props: {
  kernel: Kernel;
  bench: BenchState;
  first: string;
  children: ReactNode;
}) {
  const { kernel, bench } = props;
  const [fault, setFault] = useState<Fault>();
  const seen = useRef<Fault>(undefined);
  useEffect(() => void (seen.current = fault), [fault]);
  const [step, setStep] = useState(props.first);
  const act = useCallback(
    async <T,>(command: string, args: Args = {}): Promise<T | undefined> => {
      // What was said before is done with then; what is said while she waits for it stays, and
      // stays while she looks about for what to do.
      const before = seen.current;
      try {
        const answer = await kernel.ask<T>(command, args);
        if (command !== "bench.select") setFault((now) => (now === before ? undefined : now));
        return answer;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        setFault(error.fault);
        return undefined;
      }
    },
    [kernel],
  );
  // What she selects shows at once, also while the kernel is busy; then the kernel's word counts.
  const [mine, setMine] = useState<Selection>();
  const select = useCallback(
    (wanted: Selection) => {
      setMine(wanted);
      void act("bench.select", { selection: wanted }).then(() =>
        setMine((now) => (now === wanted ? undefined : now)),
      );
    },
    [act],
  );
  const selection = mine ?? bench.selection;
  const screen = useMemo(
    () => ({ kernel, bench, act, selection, select, fault, setFault, step, setStep }),
    [kernel, bench, act, selection, select, fault, step],
  );
  return <Context.Provider value={screen}>{props.children}</Context.Provider>;
}

/** The state of a panel of the kernel's. */
export function useStateOf<T>(panel: string): T | undefined {
  return usePanel<T>(useScreen().kernel, panel);
}

/** The ids of what is selected, where it is of this kind. */
export function useSelected(kind: string): readonly string[] {
  const { selection } = useScreen();
  return useMemo(() => {
    if (selection.kind !== kind || selection.id === undefined) return [];
    return selection.ids ?? [selection.id];
  }, [selection, kind]);
}
