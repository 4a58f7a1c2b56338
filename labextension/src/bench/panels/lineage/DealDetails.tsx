// A deal: what it is, which rules touched it, why it counts as it does.
import { useScreen } from "../../context";
import { Button } from "../../parts/Button";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { useAnswer } from "../../parts/answers";
import { figure, grouped, percent } from "../../parts/numbers";
import type { TableAnswer } from "../impact/model";
import { keyText, type Deal } from "./model";

export function DealDetails({ variant, dealKey, followed }: { variant: string; dealKey: Record<string, unknown>; followed?: boolean }) {
  const { answer, fault } = useAnswer<Deal>("lineage.deal", { variant, key: dealKey });
  const { act, setStep } = useScreen();
  const follow = async () => {
    await act("lineage.follow", { variant, key: dealKey });
    setStep("lineage");
  };
  return (
    <div className="lq-cell-details">
      <h2>{keyText(dealKey)}</h2>
      <p className="lq-quiet">{Object.keys(dealKey).join(" · ")}</p>
      {fault && (
        <p className="lq-note lq-bad">
          <FaultText fault={fault} />
        </p>
      )}
      {!answer && !fault && <Waiting what="Reading the deal and what touched it" />}
      {answer && (
        <>
          {!followed && (
            <div className="lq-buttons lq-from-left">
              <Button look="primary" onClick={() => void follow()}>
                Follow it to its numbers
              </Button>
            </div>
          )}
          <h3>What touched it</h3>
          <History history={answer.history} />
          {answer.why && answer.why.rows.length > 0 && (
            <>
              <h3>Why it counts as it does</h3>
              <Why why={answer.why} />
            </>
          )}
          <h3>As it was read</h3>
          <dl className="lq-facts">
            {Object.entries(answer.fields).map(([name, value]) => [
              <dt key={name}>{name.replaceAll("_", " ")}</dt>,
              <dd key={`${name} value`}>{value === null ? <span className="lq-quiet">–</span> : typeof value === "number" ? grouped(String(value)) : decimal(String(value))}</dd>,
            ])}
          </dl>
        </>
      )}
    </div>
  );
}

function decimal(text: string): string {
  return /^-?\d+\.\d+$/.test(text) ? figure(text.replace(/0+$/, "").replace(/\.$/, "")) : text;
}

function History({ history }: { history: TableAnswer }) {
  const at = (name: string) => history.columns.indexOf(name);
  if (!history.rows.length) return <p className="lq-quiet">No rule changed it.</p>;
  return (
    <ul className="lq-rule-list">
      {history.rows.map((row, place) => (
        <li key={place}>
          <b>{String(row[at("rule_id")])}</b> <small>in {String(row[at("operator")])}</small>
          <p>
            {String(row[at("field")]).replaceAll("_", " ")}: {decimal(String(row[at("old_value")]))} → <b>{decimal(String(row[at("new_value")]))}</b>
          </p>
        </li>
      ))}
    </ul>
  );
}

function Why({ why }: { why: TableAnswer }) {
  const at = (name: string) => why.columns.indexOf(name);
  return (
    <ul className="lq-rule-list">
      {why.rows.map((row, place) => (
        <li key={place}>
          <b>{String(row[at("description")] || row[at("category")])}</b> <small>{String(row[at("table")]).toUpperCase()}</small>
          <p>
            {row[at("weight")] !== null && `${percent(String(row[at("weight")]))} · `}
            {String(row[at("paragraph")])}
          </p>
          <p className="lq-quiet">
            rule {String(row[at("rule_id")])}
            {row[at("because")] && `: ${row[at("because")]}`}
            {row[at("values")] && ` (${row[at("values")]})`}
          </p>
        </li>
      ))}
    </ul>
  );
}
