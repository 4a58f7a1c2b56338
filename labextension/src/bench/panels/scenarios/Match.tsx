// What the rule touches, before anything is run: a sentence, its groups, and examples.
import { Fragment } from "react";

import { useScreen } from "../../context";
import { Button } from "../../parts/Button";
import { Waiting } from "../../parts/Empty";
import { SelectField } from "../../parts/Field";
import { FaultText } from "../../parts/FaultText";
import { figure, large, percent, rounded } from "../../parts/numbers";
import { Table, type Column } from "../../parts/Table";
import { text, type Match, type ScenariosState } from "./model";

const NONE = "(none)";

export function MatchPart({ state }: { state: ScenariosState }) {
  const { act } = useScreen();
  const { match, matching, place } = state;
  if (place === null) return <p className="lq-quiet">Choose the operator behind which the rule applies; then you read here what it touches.</p>;
  if (!matching && !match)
    return (
      <p className="lq-quiet">
        Nothing was counted, as it was cancelled.{" "}
        <Button look="link" onClick={() => void act("scenarios.look_again")}>
          Count now
        </Button>
      </p>
    );
  if (matching || !match) return <Waiting what={`Counting what the rule touches behind ${place}`} />;
  if ("fault" in match && match.fault)
    return (
      <p className="lq-note lq-bad">
        <FaultText fault={match.fault} />
      </p>
    );
  return <Told match={match as Match} />;
}

function share(part: number, of: number): string {
  return of ? percent((part / of).toFixed(6)) : "–";
}

function Told({ match }: { match: Match }) {
  const { act } = useScreen();
  const amount = match.amount_field;
  const several = match.all_currencies > 1;
  const group = match.group_field;
  const look = (changed: { amount?: string; group?: string }) =>
    void act("scenarios.look_at", { amount: changed.amount ?? amount ?? NONE, group: changed.group ?? group ?? NONE });
  return (
    <div className="lq-match">
      <p className="lq-match-sentence" role="status">
        <b>{figure(match.rows)}</b> of {figure(match.of)} rows ({share(match.rows, match.of)})
        {amount && !several && (
          <>
            , <b title={figure(match.amount)}>{large(match.amount)}</b> of <span title={figure(match.of_amount)}>{large(match.of_amount)}</span> in {amount}
          </>
        )}
        {group && (
          <>
            , in <b>{figure(match.touched_groups)}</b> of {figure(match.all_groups)} {match.by_entity ? "entities" : `groups by ${group}`}
          </>
        )}
      </p>
      {several && match.rows > 0 && <Currencies match={match} />}
      {match.rows === 0 && <p className="lq-note lq-warn">No row matches: the rule would change nothing.</p>}
      {match.skipped && <p className="lq-note lq-warn">On the day of this calculation it would be skipped: it {match.skipped}.</p>}
      <div className="lq-pair">
        <SelectField label="Summed" value={amount ?? NONE} options={offered(match.amounts)} onDone={(own) => look({ amount: own })} />
        <SelectField label="Told apart by" value={group ?? NONE} options={offered(match.group_fields)} onDone={(own) => look({ group: own })} />
      </div>
      {match.groups.length > 0 && <Groups match={match} />}
      {match.examples.length > 0 && <Examples match={match} />}
    </div>
  );
}

/** Amounts of several currencies have no sum but that of each. */
function Currencies({ match }: { match: Match }) {
  const amount = match.amount_field ?? "";
  const columns: Column<Match["currencies"][number]>[] = [
    { name: "currency", title: broken(match.currency_field ?? ""), value: (row) => text(row.group) || "(empty)" },
    { name: "rows", title: "Rows", figures: true, value: (row) => row.rows },
    { name: "amount", title: broken(amount), figures: true, value: (row) => row.amount, show: (row) => whole(row.amount) },
  ];
  return (
    <>
      <h3>{amount} in each currency</h3>
      <p className="lq-quiet">It is of several currencies here, so it has no sum over all. Behind the step that converts it there is one.</p>
      <div className="lq-scroll">
        <Table label={`${amount} in each currency`} columns={columns} rows={match.currencies} id={(row) => text(row.group)} />
      </div>
    </>
  );
}

function offered(names: readonly string[]) {
  return [...names.map((value) => ({ value })), { value: NONE, label: "nothing" }];
}

function Groups({ match }: { match: Match }) {
  const columns: Column<Match["groups"][number]>[] = [
    { name: "group", title: broken(match.group_field ?? ""), value: (row) => text(row.group) || "(empty)" },
    { name: "rows", title: "Rows", figures: true, value: (row) => row.rows },
  ];
  if (match.amount_field && match.all_currencies <= 1)
    columns.push({ name: "amount", title: broken(match.amount_field), figures: true, value: (row) => row.amount, show: (row) => whole(row.amount) });
  const left = match.touched_groups - match.groups.length;
  return (
    <>
      <h3>Where</h3>
      <div className="lq-scroll">
        <Table label="Groups that the rule touches" columns={columns} rows={match.groups} id={(row) => text(row.group)} />
      </div>
      {left > 0 && <p className="lq-quiet">and {figure(left)} smaller ones</p>}
    </>
  );
}

function whole(value: string | null, currency: string | null = null) {
  return (
    <span title={figure(value)}>
      {currency && <span className="lq-quiet">{currency} </span>}
      {value === null ? "–" : figure(rounded(value, 0))}
    </span>
  );
}

function Examples({ match }: { match: Match }) {
  const fields = Object.keys(match.examples[0]?.changes ?? {});
  const columns: Column<Match["examples"][number]>[] = [
    { name: "key", title: match.keys.join(", "), value: (row) => row.key.map(text).join(", ") },
    ...(match.amount_field
      ? [{ name: "amount", title: broken(match.amount_field), figures: true, value: (row: Match["examples"][number]) => row.amount, show: (row: Match["examples"][number]) => whole(row.amount, row.currency) }]
      : []),
    ...fields.map((field) => ({
      name: field,
      title: broken(field),
      unit: "before → after",
      figures: true,
      value: (row: Match["examples"][number]) => text(row.changes[field]?.[1]),
      show: (row: Match["examples"][number]) => {
        const [old, now] = row.changes[field] ?? [null, null];
        return (
          <>
            <span className="lq-quiet">{short(text(old))} →</span> {short(text(now))}
          </>
        );
      },
    })),
  ];
  return (
    <>
      <h3>Examples, the largest first</h3>
      <div className="lq-scroll">
        <Table label="Examples" columns={columns} rows={match.examples} id={(row) => row.key.map(text).join()} />
      </div>
    </>
  );
}

/** A field's name, which may go on in the next line after an underscore. */
function broken(name: string) {
  return name.split(/(?<=_)/).map((part, n) => (
    <Fragment key={n}>
      {n > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

/** A figure without zeros at its end; anything else as it is. */
function short(value: string): string {
  return /^-?\d+(\.\d+)?$/.test(value) ? figure(value.includes(".") ? value.replace(/\.?0+$/, "") : value) : value || "–";
}
