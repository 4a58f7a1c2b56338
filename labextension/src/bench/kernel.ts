// The screen's line to the kernel: commands out, answers and news in.
import type { AnyModel } from "@anywidget/types";
import { useSyncExternalStore } from "react";

/** An error in its three parts: what was wrong, where, and what to do next. */
export interface Fault {
  kind: string;
  what: string;
  where?: string | null;
  hint?: string | null;
  faults?: Fault[];
}

/** A refused or failed command. */
export class Refused extends Error {
  constructor(readonly fault: Fault) {
    super(fault.what);
  }
}

/** Every panel's state by the panel's name, as the kernel told it last. */
export type States = Readonly<Record<string, unknown>>;
export type Args = Record<string, unknown>;
export type Line = "waiting" | "live" | "slow" | "lost";

interface Waiting {
  message: Args;
  resolve: (value: unknown) => void;
  reject: (error: Refused) => void;
  asked: number;
}

const SLOW_AFTER = 4000;
const LOST: Fault = {
  kind: "KernelLost",
  what: "The kernel behind this bench is gone",
  hint: "run the cell again; the draft was stored as you worked",
};

export class Kernel {
  private states: States = {};
  private line: Line = "waiting";
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Set<() => void>();
  private next = 1;
  /** Which of the screens it is that may be on one line. */
  private readonly page = Math.random().toString(36).slice(2);
  private lately = 0;
  private pinged = false;
  private readonly clock: ReturnType<typeof setInterval>;

  constructor(private readonly model: AnyModel) {
    model.on("msg:custom", this.heard);
    model.on("comm:close", this.lost);
    model.on("comm_live_update", this.lost);
    this.clock = setInterval(this.look, 1000);
    model.send({ page: this.page, id: 0, command: "hello" });
  }

  /** Ask for something to be done; the answer comes after the news that it makes.
   *
   * Where the signal says that nobody waits for it any more, a question isn't worked on further.
   */
  ask = <T = unknown>(command: string, args: Args = {}, signal?: AbortSignal): Promise<T> => {
    if (this.line === "lost") return Promise.reject(new Refused(LOST));
    const id = this.next++;
    signal?.addEventListener("abort", () => this.giveUp(id));
    return new Promise<T>((resolve, reject) => {
      const message = { page: this.page, id, command, args };
      this.waiting.set(id, {
        message,
        resolve: resolve as (value: unknown) => void,
        reject,
        asked: Date.now(),
      });
      this.model.send(message);
    });
  };

  getStates = (): States => this.states;
  getLine = (): Line => this.line;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  close(): void {
    clearInterval(this.clock);
    this.model.off("msg:custom", this.heard);
    this.model.off("comm:close", this.lost);
    this.model.off("comm_live_update", this.lost);
  }

  private readonly heard = (message: any): void => {
    this.lately = Date.now();
    this.become("live");
    if (message.topic === "state") {
      // Of a panel's state only the parts that changed are told.
      const news = Object.entries(message.state as Record<string, object>);
      const merged = news.map(([name, parts]) => [name, { ...(this.states[name] as object), ...parts }]);
      this.states = { ...this.states, ...Object.fromEntries(merged) };
      this.tell();
      return;
    }
    if (message.page !== this.page) return;
    if (message.topic === "pong") {
      this.pinged = false;
      // What didn't reach the kernel, as when the line broke for a moment, is said again.
      for (const [id, each] of this.waiting) if (id >= message.next) this.model.send(each.message);
      return;
    }
    const waiting = this.waiting.get(message.reply);
    if (!waiting) return;
    this.waiting.delete(message.reply);
    if (message.error) waiting.reject(new Refused(message.error));
    else waiting.resolve(message.ok);
  };

  private giveUp(number: number): void {
    if (!this.waiting.has(number)) return;
    // Where the kernel is lost meanwhile, nobody works on it either.
    this.ask("bench.give_up", { page: this.page, number }).catch(() => undefined);
  }

  private readonly lost = (): void => {
    this.become("lost");
    for (const waiting of this.waiting.values()) waiting.reject(new Refused(LOST));
    this.waiting.clear();
  };

  private readonly look = (): void => {
    if (this.line !== "live") return;
    const asked = [...this.waiting.values()].map((each) => each.asked);
    const silent = Date.now() - Math.max(this.lately, Math.min(...asked));
    if (!asked.length || silent < SLOW_AFTER) return;
    // Long work goes on in a thread of the kernel's: it is busy only if it doesn't even say so.
    if (silent > 2 * SLOW_AFTER) this.become("slow");
    else if (!this.pinged) {
      this.pinged = true;
      this.model.send({ page: this.page, command: "ping" });
    }
  };

  private become(line: Line): void {
    if (line === this.line) return;
    this.line = line;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

/** The state of one panel, or nothing before the kernel told it. */
export function usePanel<T>(kernel: Kernel, panel: string): T | undefined {
  return useSyncExternalStore(kernel.subscribe, () => kernel.getStates()[panel]) as T | undefined;
}

export function useStates(kernel: Kernel): States {
  return useSyncExternalStore(kernel.subscribe, kernel.getStates);
}

export function useLine(kernel: Kernel): Line {
  return useSyncExternalStore(kernel.subscribe, kernel.getLine);
}
