// Answers that a part of the screen waits for itself, with its own place for a fault.
import { useCallback, useEffect, useRef, useState } from "react";

import { useScreen } from "../context";
import { Refused, type Args, type Fault } from "../kernel";

export interface Answer<T> {
  answer?: T | undefined;
  /** What was asked, where that is its answer. */
  asked?: Args | undefined;
  fault?: Fault | undefined;
  busy: boolean;
}

/**
 * Ask on demand, told whether it was done; of several answers only the newest question's counts,
 * and what was asked before is given up, as is what is asked when this part of the screen goes.
 */
export function useAsk<T>(command: string): Answer<T> & { ask: (args?: Args) => Promise<boolean>; forget: () => void } {
  const { kernel } = useScreen();
  const [state, setState] = useState<Answer<T>>({ busy: false });
  const newest = useRef<AbortController>(undefined);
  const ask = useCallback(
    async (args: Args = {}): Promise<boolean> => {
      newest.current?.abort();
      const { signal } = (newest.current = new AbortController());
      setState(({ answer, asked }) => ({ answer, asked, busy: true }));
      try {
        const answer = await kernel.ask<T>(command, args, signal);
        if (!signal.aborted) setState({ answer, asked: args, busy: false });
        return true;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (!signal.aborted) setState({ fault: error.fault, busy: false });
        return false;
      }
    },
    [kernel, command],
  );
  const forget = useCallback(() => {
    newest.current?.abort();
    setState({ busy: false });
  }, []);
  useEffect(() => () => newest.current?.abort(), []);
  return { ...state, ask, forget };
}

/**
 * Ask at once, and again when the arguments change; `undefined` arguments ask nothing.
 *
 * The answer is to these arguments; what there was before it is the former one.
 */
export function useAnswer<T>(command: string, args: Args | undefined): Answer<T> & { former: T | undefined } {
  const { ask, forget, answer, ...state } = useAsk<T>(command);
  const told = args && JSON.stringify(args);
  useEffect(() => {
    if (told === undefined) forget();
    else void ask(JSON.parse(told));
  }, [ask, forget, told]);
  const current = state.asked && JSON.stringify(state.asked) === told;
  return { ...state, answer: current ? answer : undefined, former: answer };
}
