// A dialog over the page: Escape and the cross close it, the focus comes back by itself.
import { useEffect, useId, useRef, type ReactNode } from "react";

import { IconButton } from "./Button";

export function Dialog(props: { title: string; onClose: () => void; footer?: ReactNode; wide?: boolean; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const own = dialog.current!;
    if (!own.open) own.showModal();
    return () => own.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`lq-dialog${props.wide ? " lq-wide" : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <header>
        <h2 id={id}>{props.title}</h2>
        <IconButton icon="close" label="Close" onClick={props.onClose} />
      </header>
      <div className="lq-dialog-body">{props.children}</div>
      {props.footer && <footer className="lq-buttons">{props.footer}</footer>}
    </dialog>
  );
}
