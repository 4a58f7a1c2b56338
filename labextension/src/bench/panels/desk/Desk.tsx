// Approve and publish: variants are put forward, decided by somebody else, and published.
import { useEffect } from "react";

import type { Step } from "..";
import { useScreen, useStateOf } from "../../context";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { Tabs } from "../../parts/Tabs";
import { Decision } from "./Decision";
import "./desk.css";
import { History } from "./History";
import { Inbox } from "./Inbox";
import { chosenVariant, type DeskState, type HistoryState } from "./model";
import { OpenedPart } from "./Opened";
import { PublicationDetails } from "./PublicationDetails";
import { Submit } from "./Submit";
import { SubmitForm } from "./SubmitForm";
import { WhoPart } from "./Who";

function Main() {
  const state = useStateOf<DeskState>("desk");
  const history = useStateOf<HistoryState>("history");
  const { act, bench } = useScreen();
  useEffect(() => void act("desk.refresh"), [act]);
  if (!state || !history) return null;
  const tabs = [
    { name: "submit", title: "Submit" },
    { name: "inbox", title: <Counted title="Inbox" count={state.waiting} what="wait for a decision" /> },
    { name: "history", title: "History" },
  ];
  const panel = `${bench.name}-desk`;
  return (
    <div className="lq-desk">
      <div className="lq-bar lq-desk-bar">
        <Tabs label="Views of the desk" tabs={tabs} current={state.view} controls={panel} onChoose={(view) => void act("desk.look", { view })} />
        <span className="lq-space" />
        <WhoPart who={state.who} />
      </div>
      <div className="lq-desk-view" id={panel} role="tabpanel" aria-label="The desk" tabIndex={0}>
        {state.problem ? (
          <p className="lq-note lq-bad" role="alert">
            <FaultText fault={state.problem} />
          </p>
        ) : !state.read ? (
          <div className="lq-desk-paper">
            <Waiting what="Reading the submissions" />
          </div>
        ) : state.view === "submit" ? (
          <Submit state={state} />
        ) : state.view === "history" ? (
          <History state={history} />
        ) : state.opened ? (
          <OpenedPart key={state.opened.id} opened={state.opened} />
        ) : (
          <Inbox state={state} />
        )}
      </div>
    </div>
  );
}

function Counted({ title, count, what }: { title: string; count: number; what: string }) {
  return (
    <>
      {title}
      {count > 0 && (
        <span className="lq-badge" title={`${count} ${what}`}>
          {count}
        </span>
      )}
    </>
  );
}

function Details() {
  const state = useStateOf<DeskState>("desk");
  const history = useStateOf<HistoryState>("history");
  const { selection } = useScreen();
  if (!state?.read || !history) return null;
  if (state.view === "submit") {
    const variant = chosenVariant(state, selection);
    return variant ? <SubmitForm key={variant.name} state={state} variant={variant} /> : <p className="lq-quiet">What is put forward is written here: the reason, and the evidence for it.</p>;
  }
  if (state.view === "history") {
    const publication = history.rows.find(({ id }) => id === history.opened);
    return publication ? <PublicationDetails key={publication.id} state={state} publication={publication} /> : <p className="lq-quiet">Choose a publication: how it came to be stands below, and what can be done with it here.</p>;
  }
  if (!state.opened) return <p className="lq-quiet">Choose a submission: what may be decided about it stands here.</p>;
  return <Decision key={state.opened.id} state={state} opened={state.opened} />;
}

export const desk: Step = { name: "desk", title: "Approve & publish", Main, Details };
