// What the kernel tells of the desk.
import type { Fault } from "../../kernel";

export type Refusal = Fault & { who: string };

export interface Line {
  id: string;
  variant: string;
  author: string;
  at: string;
  reason: string;
  state: string;
  rejection: { by: string; at: string; comment: string } | null;
}

export interface Opened extends Line {
  approval: { id: string; approver: string; at: string; until: string; comment: string; trust: string } | null;
  approve: Refusal[];
  reject: Refusal[];
}

export interface DeskState {
  view: "submit" | "inbox" | "history";
  who: { person: string; provider?: string; trust?: string; key?: string; fault?: Fault };
  read: boolean;
  problem: Fault | null;
  waiting: number;
  inbox: Line[];
  opened: Opened | null;
  forms: Record<string, Record<string, string>>;
}
