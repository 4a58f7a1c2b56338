// What an approver decides on, in one screen.
import { useAnswer } from "../../parts/answers";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { Attachments } from "./Attachments";
import type { Opened, Review } from "./model";
import { Picture } from "./Picture";
import { Plan } from "./Plan";
import { ReviewTablePart } from "./ReviewTable";
import { Rules } from "./Rules";
import { Summary } from "./Summary";

const FIGURES = "figures";
const ENTITIES = "impact/by_entity.csv";

export function ReviewPart({ opened }: { opened: Opened }) {
  const { answer, fault } = useAnswer<Review>("desk.review", { submission: opened.id });
  return (
    <div className="lq-desk-section">
      {opened.rejection && (
        <p className="lq-note lq-bad">
          Sent back by <b>{opened.rejection.by}</b>, {opened.rejection.at}: {opened.rejection.comment}
        </p>
      )}
      <section aria-label="Reason">
        <h3>Reason</h3>
        <p className="lq-desk-reason">{opened.reason}</p>
      </section>
      {fault && (
        <p className="lq-note lq-bad" role="alert">
          <FaultText fault={fault} />
        </p>
      )}
      {!answer && !fault && <Waiting what="Reading what was submitted, and checking that it is what was submitted" />}
      {answer && <Told review={answer} />}
    </div>
  );
}

function Told({ review }: { review: Review }) {
  const entities = review.tables.find(({ name }) => name === ENTITIES);
  const figures = review.tables.find(({ name }) => name === FIGURES);
  const others = review.tables.filter((each) => each !== entities && each !== figures);
  return (
    <>
      <div className="lq-desk-columns">
        <section className="lq-desk-section" aria-label="What changes against the baseline">
          <h3>What changes against the baseline, as of {review.as_of}</h3>
          <Summary figures={review.summary} />
        </section>
        <section className="lq-desk-section" aria-label="The rules in words">
          <h3>The rules in words</h3>
          <Rules rules={review.rules} />
          <Plan plan={review.plan} />
        </section>
      </div>
      {entities && <ReviewTablePart table={entities} />}
      <div className="lq-desk-columns">
        {figures && <ReviewTablePart table={figures} />}
        {others.map((table) => (
          <ReviewTablePart key={table.name} table={table} />
        ))}
        <Attachments review={review} />
      </div>
      {review.picture && <Picture submission={review.id} name={review.picture} />}
      <p className="lq-quiet lq-desk-hash">
        All of this is under one hash: <code>{review.content}</code>
        {review.key ? `, signed by the author's key ${review.key}` : ", not signed: the author has no key"}
      </p>
    </>
  );
}
