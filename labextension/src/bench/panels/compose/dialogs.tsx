// Where calculations come from and go to, and what the keys do.
import { useState } from "react";

import { useScreen, useSelected } from "../../context";
import { Button } from "../../parts/Button";
import { Combo } from "../../parts/Completion";
import { Dialog } from "../../parts/Dialog";
import { Empty, Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { Field } from "../../parts/Field";
import { useAnswer, useAsk } from "../../parts/answers";

interface Example {
  name: string;
  title: string;
  words: string;
}

const NOTHING = {};

export function Examples({ onDone }: { onDone?: () => void }) {
  const { answer: examples } = useAnswer<Example[]>("files.examples", NOTHING);
  const start = useAsk<null>("files.start_from");
  const [chosen, setChosen] = useState("");
  if (start.busy) return <Waiting what={`Preparing ${chosen}`} />;
  return (
    <>
      {start.fault && (
        <p className="lq-note lq-bad">
          <FaultText fault={start.fault} />
        </p>
      )}
      <ul className="lq-choices">
        {examples?.map(({ name, title, words }) => (
          <li key={name}>
            <button
              type="button"
              onClick={async () => {
                setChosen(title);
                if (await start.ask({ example: name })) onDone?.();
              }}
            >
              <b>{title}</b>
              <span>{words}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

export function OpenDialog({ onClose }: { onClose: () => void }) {
  const { act } = useScreen();
  const { answer: files } = useAnswer<{ path: string }[]>("files.saved", NOTHING);
  const open = useAsk<null>("files.open");
  const [path, setPath] = useState("");
  const take = async (wanted: string) => {
    setPath(wanted);
    if (wanted && (await open.ask({ path: wanted }))) onClose();
  };
  return (
    <Dialog
      title="Open a calculation"
      onClose={onClose}
      footer={
        <>
          <Button onClick={() => void act("files.new").then(onClose)}>Begin an empty one</Button>
          <Button look="primary" disabled={!path} onClick={() => void take(path)}>
            Open
          </Button>
        </>
      }
    >
      <div className="lq-form">
        {open.fault && (
          <p className="lq-note lq-bad">
            <FaultText fault={open.fault} />
          </p>
        )}
        <Combo
          label="File"
          help="What is on the canvas now stays one step of Undo away."
          placeholder="folder/name.liqdag.json"
          value={path}
          offers={(files ?? []).map(({ path: value }) => ({ value }))}
          onType={setPath}
          onDone={setPath}
        />
        {files && !files.length && <p className="lq-quiet">No calculation is stored below the notebook's folder yet.</p>}
        <h3>Or start from an example</h3>
        <Examples onDone={onClose} />
      </div>
    </Dialog>
  );
}

export function SaveDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const save = useAsk<string>("files.save");
  const [path, setPath] = useState(`${name.replace(/[^\w.-]+/g, "_")}.liqdag.json`);
  const done = async () => {
    if (await save.ask({ path })) onClose();
  };
  return (
    <Dialog
      title="Save the calculation"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" busy={save.busy} disabled={!path.trim()} onClick={() => void done()}>
            Save
          </Button>
        </>
      }
    >
      <div className="lq-form">
        {save.fault && (
          <p className="lq-note lq-bad">
            <FaultText fault={save.fault} />
          </p>
        )}
        <Field label="File" help="below the notebook's folder; a file of that name is replaced">
          {(wiring) => (
            <input
              {...wiring}
              autoFocus
              value={path}
              onChange={(event) => setPath(event.target.value)}
              onKeyDown={(event) => event.key === "Enter" && path.trim() && void done()}
            />
          )}
        </Field>
      </div>
    </Dialog>
  );
}

interface Template {
  name: string;
  words: string;
  operators: string[];
  own: boolean;
}

export function TemplateDialog({ onClose }: { onClose: () => void }) {
  const { act } = useScreen();
  const chosen = useSelected("operator");
  const { answer: templates } = useAnswer<Template[]>("files.templates", NOTHING);
  const keep = useAsk<null>("files.save_template");
  const [name, setName] = useState("");
  const after = chosen.length === 1 ? chosen[0] : undefined;
  return (
    <Dialog title="Templates" onClose={onClose}>
      <div className="lq-form">
        <h3>Insert {after ? `behind ${after}` : "into the calculation"}</h3>
        {templates && !templates.length && <Empty title="No templates yet" />}
        <ul className="lq-choices">
          {templates?.map(({ name: template, words, operators, own }) => (
            <li key={template}>
              <button
                type="button"
                onClick={() => void act("files.insert", { template, after: after ?? null }).then(onClose)}
              >
                <b>
                  {template}
                  {own && <span className="lq-badge">own</span>}
                </b>
                <span>
                  {words && `${words} · `}
                  {operators.join(" → ")}
                </span>
              </button>
            </li>
          ))}
        </ul>
        <h3>Keep the chosen operators</h3>
        {keep.fault && (
          <p className="lq-note lq-bad">
            <FaultText fault={keep.fault} />
          </p>
        )}
        {chosen.length ? (
          <div className="lq-pair lq-end">
            <Field label="Name" help={chosen.join(", ")}>
              {(wiring) => <input {...wiring} value={name} onChange={(event) => setName(event.target.value)} />}
            </Field>
            <Button
              busy={keep.busy}
              disabled={!name.trim()}
              onClick={async () => {
                if (await keep.ask({ name, operators: [...chosen] })) onClose();
              }}
            >
              Keep
            </Button>
          </div>
        ) : (
          <p className="lq-quiet">Choose operators on the canvas first: by Shift and click, by Shift and drag, or all by Ctrl+A.</p>
        )}
      </div>
    </Dialog>
  );
}

const KEYS: [string, string][] = [
  ["A", "find an operator to add; Enter adds it behind the chosen one"],
  ["/", "find an operator of the calculation"],
  ["← → ↑ ↓", "go from operator to operator; with Shift, choose several"],
  ["Enter", "from the canvas into the form of the chosen operator"],
  ["Escape", "from the form back to the canvas"],
  ["Delete", "remove what is chosen"],
  ["Ctrl+A", "choose all operators"],
  ["Ctrl+C, Ctrl+X, Ctrl+V", "copy, cut and paste operators, also from one calculation to another"],
  ["Ctrl+Z, Ctrl+Shift+Z", "undo, and do again"],
  ["F", "show only what is around the chosen operator, or all"],
  ["D", "look at the data of the chosen operator"],
  ["Ctrl+wheel", "zoom; dragging the canvas moves it"],
];

export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <table className="lq-keys">
        <tbody>
          {KEYS.map(([key, words]) => (
            <tr key={key}>
              <th scope="row">
                {key.split(", ").map((each) => (
                  <kbd key={each}>{each}</kbd>
                ))}
              </th>
              <td>{words}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
