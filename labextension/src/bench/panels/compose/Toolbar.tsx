// The bar above the canvas: files at the left, the canvas's own at the right.
import { useScreen, useSelected } from "../../context";
import { Button, IconButton } from "../../parts/Button";
import { Combo } from "../../parts/Completion";
import type { Focus } from "../../parts/graph/focus";
import { KeysDialog, OpenDialog, SaveDialog, TemplateDialog } from "./dialogs";
import type { ComposeState } from "./model";

export type DialogName = "open" | "save" | "templates" | "keys";

export function Toolbar(props: {
  state: ComposeState;
  focus: Focus;
  dialog: DialogName | undefined;
  setDialog: (dialog: DialogName | undefined) => void;
  onCopy: () => void;
  onPaste: () => void;
  onArrange: () => void;
}) {
  const { state, focus, dialog, setDialog } = props;
  const { act, select } = useScreen();
  const chosen = useSelected("operator");
  const close = () => setDialog(undefined);
  return (
    <div className="lq-bar lq-compose-bar" role="toolbar" aria-label="Calculation">
      <Button look="quiet" icon="open" onClick={() => setDialog("open")}>
        Open
      </Button>
      <Button look="quiet" icon="save" disabled={!state.operators.length} onClick={() => setDialog("save")}>
        Save
      </Button>
      <Button look="quiet" icon="file" onClick={() => setDialog("templates")}>
        Templates
      </Button>
      <span className="lq-space" />
      <div className="lq-find">
        <Combo
          bare
          label="Find an operator of the calculation"
          placeholder="Find … (/)"
          clears
          value=""
          offers={state.operators.map(({ id, kind }) => ({ value: id, hint: kind }))}
          onDone={(id) => {
            if (state.operators.some((each) => each.id === id)) select({ kind: "operator", id });
          }}
        />
      </div>
      <IconButton icon="copy" label="Copy" title="Copy (Ctrl+C)" disabled={!chosen.length} onClick={props.onCopy} />
      <IconButton icon="paste" label="Paste" title="Paste (Ctrl+V)" onClick={props.onPaste} />
      <IconButton
        icon="remove"
        label="Remove"
        title="Remove (Delete)"
        disabled={!chosen.length}
        onClick={() => void act("compose.remove", { operators: [...chosen] })}
      />
      <IconButton icon="layout" label="Arrange" title="Arrange all anew" disabled={!state.operators.length} onClick={props.onArrange} />
      <IconButton
        icon="focus"
        label={focus.shown ? "Show all operators" : "Show only what is around the chosen operator"}
        title={focus.shown ? "Show all (F)" : "Show only what is around it (F)"}
        pressed={Boolean(focus.shown)}
        disabled={!focus.shown && chosen.length !== 1}
        onClick={() => (focus.shown ? focus.all() : focus.on(chosen[0]!))}
      />
      <IconButton icon="help" label="Keys" title="Keys (?)" onClick={() => setDialog("keys")} />
      {dialog === "open" && <OpenDialog onClose={close} />}
      {dialog === "save" && <SaveDialog name={state.name} onClose={close} />}
      {dialog === "templates" && <TemplateDialog onClose={close} />}
      {dialog === "keys" && <KeysDialog onClose={close} />}
    </div>
  );
}
