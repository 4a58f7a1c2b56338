// "Show as code": the calls that do the same in a cell, copied or inserted below.
import { useRef, useState } from "react";

export function CodePart({ code }: { code: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [told, setTold] = useState("");
  const insert = (event: React.MouseEvent) => {
    // The JupyterLab extension takes this; without it the event's default stays and we copy.
    const asked = new CustomEvent("liqbench:insert-code", {
      bubbles: true,
      cancelable: true,
      detail: { code },
    });
    if (event.currentTarget.dispatchEvent(asked)) {
      void navigator.clipboard.writeText(code);
      setTold("Copied: paste it into a new cell.");
    } else setTold("Inserted below this cell.");
  };
  return (
    <>
      <button
        className="lq-code-button"
        title="Show this step as code"
        disabled={!code}
        onClick={() => {
          setTold("");
          dialog.current?.showModal();
        }}
      >
        &lt;/&gt; code
      </button>
      <dialog ref={dialog} className="lq-dialog" aria-label="This step as code">
        <h2>This step as code</h2>
        <pre tabIndex={0}>{code}</pre>
        <p role="status">{told}</p>
        <div className="lq-buttons">
          <button
            onClick={() => {
              void navigator.clipboard.writeText(code);
              setTold("Copied.");
            }}
          >
            Copy
          </button>
          <button onClick={insert}>Insert as a new cell</button>
          <button onClick={() => dialog.current?.close()}>Close</button>
        </div>
      </dialog>
    </>
  );
}
