// Scenarios: the list, the rule in its form, and what it touches before anything is run.
import { useRef, useState } from "react";

import type { Step } from "..";
import { useScreen, useStateOf } from "../../context";
import { Button } from "../../parts/Button";
import { Chips } from "../../parts/Completion";
import { Empty } from "../../parts/Empty";
import { TextField } from "../../parts/Field";
import { save } from "../../parts/download";
import { useFormOf } from "../../parts/formOf";
import { CompareDialog } from "./Compare";
import { LibraryDialog } from "./Library";
import { List } from "./List";
import { MatchPart } from "./Match";
import { PlanDialog } from "./Plan";
import { RuleEditor } from "./RuleEditor";
import { chosen, sentence, working, type ScenariosState, type ScenarioState } from "./model";
import "./scenarios.css";

type DialogName = "library" | "compare" | "plan" | undefined;

function Main() {
  const state = useStateOf<ScenariosState>("scenarios");
  const { selection } = useScreen();
  const [dialog, setDialog] = useState<DialogName>();
  const [scenario, rule] = state ? chosen(state, selection) : [];
  const form = useFormOf(rule?.id, scenario?.rules, scenario?.name);
  if (!state) return null;
  const names = state.scenarios.map(({ name }) => name);
  return (
    <div className="lq-scenarios">
      <Toolbar state={state} onOpen={setDialog} />
      <div className="lq-scenarios-work">
        <List state={state} />
        <div className="lq-scenario-main">
          {scenario && rule ? (
            <RuleEditor key={form} state={state} scenario={scenario.name} own={rule} />
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
  const names = state.scenarios.map(({ name }) => name);
  const few = names.length < 2;
  const empty = names.length ? undefined : "There is no scenario yet";
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
      <span className="lq-quiet">Export as</span>
      {(["json", "csv"] as const).map((kind) => (
        <Button key={kind} look="quiet" disabled={Boolean(empty)} title={empty ?? FILES[kind]} onClick={() => void exported(act, kind, names)}>
          {kind.toUpperCase()}
        </Button>
      ))}
      <span className="lq-space" />
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
        disabled={Boolean(empty)}
        title={empty ?? "What a run will reuse and what it will compute, before anything is run"}
        busy={state.planning}
        onClick={async () => {
          if ((await act("scenarios.plan")) !== undefined) onOpen("plan");
        }}
      >
        Plan
      </Button>
    </div>
  );
}

const FILES = { json: "All scenarios, for another workspace", csv: "All scenarios, a line for each condition and change, for a spreadsheet" };

async function exported(act: ReturnType<typeof useScreen>["act"], kind: string, names: string[]) {
  const told = await act<{ file: string; text: string }>("shelf.write", { kind, names });
  if (told) save(told.file, "text/plain", told.text);
}

function ScenarioForm({ scenario }: { scenario: ScenarioState }) {
  const { act } = useScreen();
  const [kept, setKept] = useState("");
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
            <b>{rule.id}</b> {sentence(rule.words) || "To be written."}
          </li>
        ))}
      </ol>
      <div className="lq-buttons lq-left">
        <Button icon="add" onClick={() => void act("scenarios.add_rule", { scenario: scenario.name })}>
          Add a rule
        </Button>
        <Button
          icon="save"
          disabled={!finished}
          title={finished ? "For other calculations of this workspace" : "Finish a rule first"}
          onClick={async () => {
            if ((await act("shelf.keep", { name: scenario.name })) !== undefined) setKept(JSON.stringify(scenario));
          }}
        >
          Keep in library
        </Button>
        <span role="status" className="lq-good">
          {kept === JSON.stringify(scenario) && "✓ It is in the library as it is here."}
        </span>
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

export const scenarios: Step = { name: "scenarios", title: "Scenarios", Main, Details, working };
