// The bench's sign: two inputs flow together into a drop.
import { LabIcon } from "@jupyterlab/ui-components";

export const SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">
  <g fill="none" stroke="#1f7a8c" stroke-width="1.8" stroke-linecap="round">
    <path d="M6 5.5C11 5.5 10 10 13 11.5"/>
    <path d="M6 18.5C10.500 18.500 10 15.500 12 14.500"/>
  </g>
  <circle cx="4.500" cy="5.500" r="2.500" fill="#1f7a8c"/>
  <circle cx="4.500" cy="18.500" r="2.500" fill="#1f7a8c"/>
  <path d="M17 5.500C19.500 9.500 22 12 22 15a5 5 0 0 1-10 0c0-3 2.500-5.500 5-9.500z" fill="#2a9fb8"/>
</svg>`;

export const benchIcon = new LabIcon({ name: "liqbench:bench", svgstr: SVG });
