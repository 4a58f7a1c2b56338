// Which rows of many are shown, and the pages before and after.
import { IconButton } from "./Button";
import { grouped } from "./numbers";

export function Pager(props: { what: string; offset: number; shown: number; count?: number | null | undefined; page: number; onTurn: (offset: number) => void }) {
  const { what, offset, shown, count, page, onTurn } = props;
  const of = typeof count === "number" ? ` of ${grouped(String(count))}` : "";
  const last = typeof count === "number" ? offset + shown >= count : shown < page;
  return (
    <div className="lq-pager">
      <span role="status">{shown ? `${grouped(String(offset + 1))}–${grouped(String(offset + shown))}${of} ${what}` : `no ${what}`}</span>
      <IconButton icon="left" label={`${what}: page before`} disabled={offset === 0} onClick={() => onTurn(Math.max(0, offset - page))} />
      <IconButton icon="right" label={`${what}: next page`} disabled={last} onClick={() => onTurn(offset + page)} />
    </div>
  );
}
