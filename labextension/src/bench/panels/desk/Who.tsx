// In whose name the steps are taken; where every call names the person, she says it here.
import { useScreen } from "../../context";
import { TextField } from "../../parts/Field";
import { FaultText } from "../../parts/FaultText";
import type { Who } from "./model";

const FROM: Record<string, string> = { jupyterhub: "the JupyterHub's user", os: "the operating system's user" };

export function WhoPart({ who }: { who: Who }) {
  const { act } = useScreen();
  return (
    <div className="lq-desk-acting">
      {who.fault ? (
        <span className="lq-bad">
          <FaultText fault={who.fault} />
        </span>
      ) : who.provider === "explicit" ? (
        <TextField label="You act as" value={who.person} placeholder="your name" onDone={(person) => void act("desk.act_as", { person })} />
      ) : (
        <span>
          You act as <b>{who.person}</b>
          <small className="lq-quiet"> ({FROM[who.provider ?? ""] ?? who.provider})</small>
        </span>
      )}
      {!who.fault && (
        <small className="lq-quiet" title={who.trust === "local" ? "Keys lie in this workspace and prove nothing about persons; an administrator configures a list of trusted people" : who.key ? `your key ${who.key}` : undefined}>
          {who.trust === "local" ? "by local trust only" : who.key ? `your key ${who.key.slice(0, 8)}…` : "by a list of trusted people; you have no key yet"}
        </small>
      )}
    </div>
  );
}
