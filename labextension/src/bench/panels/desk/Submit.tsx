// The variants of the last analysis: which may be put forward, and what the chosen one does.
import { useScreen } from "../../context";
import { useAnswer } from "../../parts/answers";
import { Button } from "../../parts/Button";
import { Empty, Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { figure } from "../../parts/numbers";
import { Table, type Column } from "../../parts/Table";
import { chosenVariant, type DeskState, type Rule, type SummaryFigure, type Variant } from "./model";
import { Refusals } from "./Refusals";
import { Rules } from "./Rules";
import { stateWords } from "./states";
import { Summary } from "./Summary";

const COLUMNS: Column<Variant>[] = [
  { name: "name", title: "Variant", value: (row) => row.name },
  { name: "rules", title: "Rules", figures: true, value: (row) => row.rules },
  { name: "touched", title: "Rows matched", figures: true, value: (row) => row.touched },
  {
    name: "may",
    title: "May be submitted",
    value: (row) => (row.faults.length ? "no" : "yes"),
    show: (row) =>
      row.faults.length ? (
        <span className="lq-state lq-state-warn">not as it is</span>
      ) : (
        <span className="lq-state lq-state-good">yes</span>
      ),
  },
  {
    name: "before",
    title: "Submitted before",
    value: (row) => row.before?.at ?? null,
    show: ({ before }) => (before ? <span title={`${before.at} by ${before.author}`}>{`${stateWords(before.state)}, ${before.at.slice(0, 10)}`}</span> : <span className="lq-quiet">–</span>),
  },
];

export function Submit({ state }: { state: DeskState }) {
  const { select, selection, setStep } = useScreen();
  if (!state.variants.length)
    return (
      <Empty title="Nothing to put forward yet">
        <p>A variant of the last run with scenarios is put forward here, with its reason, for somebody else to approve. Its rules must be approved and within their dates.</p>
        <p>Run the scenarios first; then choose the variant that shall be published.</p>
        <Button look="primary" onClick={() => setStep("run")}>
          Go to Run
        </Button>
      </Empty>
    );
  const chosen = chosenVariant(state, selection);
  return (
    <div className="lq-desk-paper">
      <h3>Variants of the last run</h3>
      <div className="lq-scroll">
        <Table
          label="Variants that may be submitted"
          columns={COLUMNS}
          rows={state.variants}
          id={(row) => row.name}
          chosen={chosen?.name}
          onChoose={(row) => select({ kind: "variant", id: row.name })}
        />
      </div>
      {chosen && <Chosen key={chosen.name} variant={chosen} />}
    </div>
  );
}

function Chosen({ variant }: { variant: Variant }) {
  const { answer, fault } = useAnswer<{ rules: Rule[]; summary: SummaryFigure[] }>("desk.variant", { name: variant.name });
  return (
    <section aria-label={`Variant ${variant.name}`} className="lq-desk-section">
      <h2>{variant.name}</h2>
      <Refusals what="It can't be submitted as it is" found={variant.faults} />
      {fault && <FaultText fault={fault} />}
      {!answer && !fault && <Waiting what="Reading what it changes" />}
      {answer && (
        <div className="lq-desk-columns">
          <section className="lq-desk-section" aria-label="Its rules in words">
            <h3>{answer.rules.length === 1 ? "Its rule in words" : `Its ${figure(answer.rules.length)} rules in words`}</h3>
            <Rules rules={answer.rules} />
          </section>
          <section className="lq-desk-section" aria-label="What it changes">
            <h3>What it changes in sum</h3>
            <Summary figures={answer.summary} />
          </section>
        </div>
      )}
    </section>
  );
}
