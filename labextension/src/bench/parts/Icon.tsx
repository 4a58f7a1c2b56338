// The signs on buttons: drawn here, in the colour of the text around them.
const PATHS = {
  add: "M8 3v10M3 8h10",
  adjust: "M3 5h6M13 5h0M3 11h2M9 11h4M11 3v4M7 9v4",
  bad: "M8 4.5v4M8 11v.5M8 1.8 14.5 13.5h-13z",
  check: "M3 8.5 6.5 12 13 4.5",
  close: "M4 4l8 8M12 4l-8 8",
  code: "M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5",
  copy: "M6 5.5h7v8H6zM3.5 10.5h-1v-8h7v1",
  down: "M4 6l4 4 4-4",
  eye: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6z",
  file: "M4 1.8h5l3.2 3.2v9.2H4zM9 1.8V5h3.2",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  focus: "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2",
  help: "M5.8 6a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 12v.4",
  layout: "M2.5 2.5h4v3h-4zM9.5 2.5h4v3h-4zM6 10.5h4v3H6zM4.5 5.5V8h7V5.5M8 8v2.5",
  left: "M10 4 6 8l4 4",
  menu: "M8 3v.2M8 8v.2M8 13v.2",
  minus: "M3 8h10",
  open: "M1.8 13V3.2h4L7.3 5h6.2v2M1.8 13l2.4-6h10.2L12 13z",
  paste: "M5 3H3.2v10.8h9.6V3H11M5.5 1.8h5v2.6h-5z",
  redo: "M12.8 6.2A5.2 5.2 0 1 0 13 10M13.2 2.6v3.8H9.4",
  remove: "M2.8 4.3h10.4M6 4V2.2h4V4M4.2 4.5l.6 9.3h6.4l.6-9.3",
  right: "M6 4l4 4-4 4",
  run: "M4.5 2.8v10.4L13 8z",
  save: "M2.5 2.5h8.7l2.3 2.3v8.7h-11zM5 2.5v3.7h5V2.5M4.8 13.5V9.3h6.4v4.2",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3 14 14",
  turn: "M3 3v6a3 3 0 0 0 3 3h7M10 9l3 3-3 3",
  undo: "M3.2 6.2A5.2 5.2 0 1 1 3 10M2.8 2.6v3.8h3.8",
  up: "M4 10l4-4 4 4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="lq-icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
