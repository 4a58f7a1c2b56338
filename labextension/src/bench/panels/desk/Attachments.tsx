// The files under the hash, to be saved; and what is absent, and why.
import { useScreen } from "../../context";
import { Button } from "../../parts/Button";
import { download, type File } from "../../parts/download";
import type { Review, ReviewFile } from "./model";
import { sizeText } from "./sizes";

const WORDS: Record<string, string> = {
  "README.txt": "what is in an evidence pack",
  "lineage.html": "the graph of the run",
  "impact/summary.csv": "what it does in sum",
  "impact/by_entity.csv": "entity by entity",
  "plan.csv": "how it was computed",
  "recalc_plan.csv": "what was calculated anew",
};

export function Attachments({ review }: { review: Review }) {
  const given = review.files.filter((file) => file.given);
  const others = review.files.filter((file) => !file.given);
  return (
    <section className="lq-desk-section" aria-label="Files">
      <h3>Evidence that the author gave</h3>
      {given.length ? <Files submission={review.id} files={given} /> : <p className="lq-quiet">No file; what stands in the reason.</p>}
      <h3>Attached by liqbench</h3>
      <Files submission={review.id} files={others} />
      {review.absent.length > 0 && (
        <>
          <h3>Absent</h3>
          <ul className="lq-desk-absent">
            {review.absent.map(({ name, why }) => (
              <li key={name}>
                <b>{name}</b>
                {WORDS[name] && <span className="lq-quiet"> ({WORDS[name]})</span>}: {why}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Files({ submission, files }: { submission: string; files: readonly ReviewFile[] }) {
  const { act } = useScreen();
  const save = async (name: string) => {
    const file = await act<File>("desk.file", { submission, name });
    if (file) download(file);
  };
  return (
    <ul className="lq-desk-files">
      {files.map(({ name, size }) => (
        <li key={name}>
          <Button look="link" title={`Save ${name}`} onClick={() => void save(name)}>
            {name.replace(/^evidence\//, "")}
          </Button>
          <span className="lq-quiet lq-cut">
            {WORDS[name] && `${WORDS[name]}, `}
            {sizeText(size)}
          </span>
        </li>
      ))}
    </ul>
  );
}
