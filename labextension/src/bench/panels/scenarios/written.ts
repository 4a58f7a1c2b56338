// The rule as she writes it: her word shows at once, the kernel's counts when it has answered.
import { useRef, useState } from "react";

import { useScreen } from "../../context";
import type { Rule, RuleState } from "./model";

/** Her changes are sent one after the other, each with all before it, so that none is lost. */
export function useWritten(scenario: string, own: RuleState): [Rule, (changed: Partial<Rule>) => void] {
  const { act } = useScreen();
  const [mine, setMine] = useState<Rule>();
  const line = useRef<{ id: string; next: Rule | undefined; going: boolean }>({ id: own.id, next: undefined, going: false }).current;
  if (!line.going) line.id = own.id;
  const send = async () => {
    line.going = true;
    while (line.next) {
      const rule = line.next;
      line.next = undefined;
      // What it goes by now; after a refusal, still as before.
      line.id = (await act<string>("scenarios.write", { scenario, rule_id: line.id, rule })) ?? line.id;
    }
    line.going = false;
    setMine(undefined);
  };
  const rule = mine ?? own.rule;
  const write = (changed: Partial<Rule>) => {
    line.next = { ...rule, ...changed };
    setMine(line.next);
    if (!line.going) void send();
  };
  return [rule, write];
}
