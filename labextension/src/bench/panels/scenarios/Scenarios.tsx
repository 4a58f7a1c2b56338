// Scenarios: the list, the rule in its form, and what it touches before anything is run.
import { useRef, useState } from "react";

import type { Step } from "..";
import { useScreen, useStateOf } from "../../context";
import { Button } from "../../parts/Button";
import { Chips } from "../../parts/Completion";
import { Empty } from "../../parts/Empty";
import { TextField } from "../../parts/Field";
import { CompareDialog } from "./Compare";
import { LibraryDialog } from "./Library";
import { List } from "./List";
import { MatchPart } from "./Match";
import { PlanDialog } from "./Plan";
import { RuleEditor } from "./RuleEditor";
import { chosen, type ScenariosState, type ScenarioState } from "./model";
import "./scenarios.css";

type DialogName = "library" | "compare" | "plan" | undefined;

function Main() {
  const state = useStateOf<ScenariosState>("scenarios");
  const { selection } = useScreen();
  const [dialog, setDialog] = useState<DialogName>();
  if (!state) return null;
  const [scenario, rule] = chosen(state, selection);
  const names = state.scenarios.map(({ name }) => name);
  return (
    <div className="lq-scenarios">
      <Toolbar state={state} onOpen={setDialog} />
      <div className="lq-scenarios-work">
        <List state={state} />
        <div className="lq-scenario-main">
          {scenario && rule ? (
            <RuleEditor key={scenario.name} state={state} scenario={scenario.name} own={rule} />
          ) : scenario ? (
            <ScenarioForm scenario={scenario} />
          ) : (
            <Begin empty={!names.length} onLibrary={() => setDialog("library")} />
          )}
        </div>
      </div>
      {dialog === "library" && <LibraryDialog onClose={() => setDialog(undefined)} />}
      {dialog === "compare" && <CompareDialog names={names} first={scenario?.name ?? names[0]!} onClose={() => setDialog(undefined)} />}
      {dialog === "plan" && <PlanDialog state={state} onClose={() => setDialog(undefined)} />}
    </div>
  );
}

function Begin({ empty, onLibrary }: { empty: boolean; onLibrary: () => void }) {
  return (
    <Empty title={empty ? "No scenario yet" : "Choose a rule"}>
      <p>
        {empty
          ? "A scenario is a list of rules: which deals, what changes in them, and why. Add one at the left, or take one from the library."
          : "A rule opens in its form, and beside it you read what it touches."}
      </p>
      {empty && <Button onClick={onLibrary}>Open the library</Button>}
    </Empty>
  );
}

function Toolbar({ state, onOpen }: { state: ScenariosState; onOpen: (dialog: DialogName) => void }) {
  const { act } = useScreen();
  const file = useRef<HTMLInputElement>(null);
  const names = state.scenarios.filter(({ rules }) => rules.some((rule) => !rule.new)).map(({ name }) => name);
  const few = names.length < 2;
  return (
    <div className="lq-bar lq-scenarios-bar" role="toolbar" aria-label="Scenarios">
      <Button icon="open" onClick={() => onOpen("library")}>
        Library
      </Button>
      <Button disabled={few} title={few ? "There must be two scenarios to compare" : undefined} onClick={() => onOpen("compare")}>
        Compare
      </Button>
      <Button onClick={() => file.current?.click()}>Import</Button>
      <input
        ref={file}
        className="lq-hidden"
        type="file"
        tabIndex={-1}
        accept=".json,.csv"
        aria-label="File with scenarios"
        onChange={async (event) => {
          const own = event.target.files?.[0];
          event.target.value = "";
          if (own) await act("shelf.read", { file: own.name, text: await own.text() });
        }}
      />
      {(["json", "csv"] as const).map((kind) => (
        <Button key={kind} icon="save" disabled={!names.length} title={names.length ? undefined : "There is no finished scenario to export"} onClick={() => void exported(act, kind, names)}>
          {kind.toUpperCase()}
        </Button>
      ))}
      <div className="lq-points">
        <Chips
          label="Inject behind"
          values={state.points}
          offers={state.operators.map((value) => ({ value }))}
          placeholder="each rule behind its own operator"
          onDone={(points) => void act("scenarios.set_points", { points })}
        />
      </div>
      <Button
        look="primary"
        busy={state.planning}
        onClick={async () => {
          onOpen("plan");
          await act("scenarios.plan");
        }}
      >
        Plan
      </Button>
    </div>
  );
}

async function exported(act: ReturnType<typeof useScreen>["act"], kind: string, names: string[]) {
  const told = await act<{ file: string; text: string }>("shelf.write", { kind, names });
  if (!told) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([told.text], { type: "text/plain" }));
  link.download = told.file;
  link.click();
  URL.revokeObjectURL(link.href);
}

function ScenarioForm({ scenario }: { scenario: ScenarioState }) {
  const { act } = useScreen();
  const finished = scenario.rules.some((rule) => !rule.new);
  return (
    <div className="lq-form lq-rule-form" role="group" aria-label={`Scenario ${scenario.name}`}>
      <h2>{scenario.name}</h2>
      <TextField label="Name" value={scenario.name} onDone={(name) => void act("scenarios.rename", { old: scenario.name, new: name })} />
      {finished && (
        <TextField label="What it is about" optional value={scenario.description} onDone={(description) => void act("scenarios.describe", { name: scenario.name, description })} />
      )}
      <h3>Its rules, in the order in which they apply</h3>
      <ol className="lq-rule-words">
        {scenario.rules.map((rule) => (
          <li key={rule.id}>
            <b>{rule.id}</b>: {rule.words || "to be written"}
          </li>
        ))}
      </ol>
      <div className="lq-buttons lq-left">
        <Button icon="add" onClick={() => void act("scenarios.add_rule", { scenario: scenario.name })}>
          Add a rule
        </Button>
        <Button icon="save" disabled={!finished} title={finished ? undefined : "Finish a rule first"} onClick={() => void act("shelf.keep", { name: scenario.name })}>
          Keep in library
        </Button>
      </div>
    </div>
  );
}

function Details() {
  const state = useStateOf<ScenariosState>("scenarios");
  const { selection } = useScreen();
  if (!state) return null;
  const [, rule] = chosen(state, selection);
  return (
    <>
      <h2>What the rule touches</h2>
      {rule ? <MatchPart state={state} /> : <p className="lq-quiet">Choose a rule: how many rows and how much balance it touches, and where, is counted before anything is run.</p>}
    </>
  );
}

export const scenarios: Step = { name: "scenarios", title: "Scenarios", Main, Details };
