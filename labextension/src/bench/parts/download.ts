// Files handed to the browser, which stores them where it stores its downloads.
/** A file from the kernel. */
export interface File {
  name: string;
  type: string;
  base64: string;
}

export function download({ name, type, base64 }: File): void {
  save(name, type, Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
}

export function save(name: string, type: string, content: BlobPart): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
