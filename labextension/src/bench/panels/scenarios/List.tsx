// The scenarios and their rules, and what is done with a whole one.
import { useEffect, useRef, useState } from "react";

import { useScreen } from "../../context";
import { Button, IconButton } from "../../parts/Button";
import { TextField } from "../../parts/Field";
import { chosen, ruleId, sentence, type RuleState, type ScenariosState, type ScenarioState } from "./model";

export function List({ state }: { state: ScenariosState }) {
  const { act } = useScreen();
  const [adding, setAdding] = useState(false);
  const list = useRef<HTMLElement>(null);
  const busy = useRef(false);
  const add = async (name: string) => {
    if (busy.current) return;
    busy.current = true;
    const done = await act("scenarios.add", { name });
    busy.current = false;
    if (done === undefined) return; // the foot says why; what she typed stays
    setAdding(false);
    toRule(list.current);
  };
  return (
    <nav className="lq-scenario-list" aria-label="Scenarios" ref={list}>
      {adding ? (
        <div onKeyDown={(event) => event.key === "Escape" && setAdding(false)} onBlur={(event) => !(event.target as HTMLInputElement).value && setAdding(false)}>
          <TextField label="Name of the new scenario" value="" autoFocus help="Enter adds it, with a first rule to write" onDone={(name) => void add(name)} />
        </div>
      ) : (
        <Button icon="add" onClick={() => setAdding(true)}>
          New scenario
        </Button>
      )}
      {state.scenarios.map((scenario) => (
        <Scenario key={scenario.name} scenario={scenario} state={state} />
      ))}
    </nav>
  );
}

/** On to the first field of the rule that is open now. */
export function toRule(from: HTMLElement | null | undefined) {
  from?.closest(".lq-screen")?.querySelector<HTMLElement>(".lq-rule-form input")?.focus();
}

function Scenario({ scenario, state }: { scenario: ScenarioState; state: ScenariosState }) {
  const { act, selection, select } = useScreen();
  const [own, rule] = chosen(state, selection);
  const here = own?.name === scenario.name;
  return (
    <section className={`lq-scenario${here ? " lq-here" : ""}`} aria-label={scenario.name}>
      <header>
        <button
          type="button"
          className="lq-scenario-name"
          aria-current={here && !rule ? "true" : undefined}
          onClick={() => select({ kind: "scenario", id: scenario.name })}
        >
          <b>{scenario.name}</b>
          {scenario.description && <span>{scenario.description}</span>}
        </button>
        <IconButton icon="copy" label={`Duplicate ${scenario.name}`} onClick={() => void act("scenarios.duplicate", { name: scenario.name })} />
        <IconButton icon="remove" label={`Remove ${scenario.name}`} onClick={() => void act("scenarios.remove", { name: scenario.name })} />
      </header>
      <ol>
        {scenario.rules.map((each) => (
          <RuleLine key={each.id} scenario={scenario.name} rule={each} current={here && rule?.id === each.id} />
        ))}
      </ol>
      {here && (
        <Button
          look="quiet"
          icon="add"
          onClick={async (event) => {
            const from = event.currentTarget;
            if ((await act("scenarios.add_rule", { scenario: scenario.name })) !== undefined) toRule(from);
          }}
        >
          Rule
        </Button>
      )}
    </section>
  );
}

function RuleLine({ scenario, rule, current }: { scenario: string; rule: RuleState; current: boolean }) {
  const { select } = useScreen();
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (current) line.current?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <li ref={line}>
      <button type="button" aria-current={current ? "true" : undefined} onClick={() => select({ kind: "rule", id: ruleId(scenario, rule.id) })}>
        <span className="lq-rule-id">
          {rule.id}
          {rule.unfinished && <em className="lq-warn">not finished</em>}
          {!rule.unfinished && rule.skipped && <em className="lq-warn">not in force</em>}
          {!rule.unfinished && !rule.approved && <em className="lq-quiet">not approved</em>}
        </span>
        <span className="lq-quiet">{sentence(rule.words) || "To be written"}</span>
      </button>
    </li>
  );
}
