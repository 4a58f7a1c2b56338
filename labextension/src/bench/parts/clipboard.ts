// The system's clipboard, which a browser gives only to pages over https or from the same machine.
import type { Fault } from "../kernel";

/** Copy a text, or return why not; the hint says how it can be copied all the same. */
export function copyText(text: string, hint: string): Promise<Fault | undefined> {
  return navigator.clipboard
    ? navigator.clipboard.writeText(text).then(() => undefined, (error) => refused(error, hint))
    : Promise.resolve(withheld(hint));
}

/** The text on the clipboard, or why it can't be read. */
export function pastedText(hint: string): Promise<string | Fault> {
  return navigator.clipboard?.readText
    ? navigator.clipboard.readText().catch((error: unknown) => refused(error, hint))
    : Promise.resolve(withheld(hint));
}

const withheld = (hint: string): Fault => ({
  kind: "ClipboardError",
  what: "The browser gives the clipboard only to pages over https",
  hint,
});

function refused(error: unknown, hint: string): Fault {
  if (!(error instanceof DOMException)) throw error;
  return { kind: "ClipboardError", what: "The browser refused the clipboard", hint };
}
