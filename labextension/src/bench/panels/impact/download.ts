// A file from the kernel, handed to the browser.
export interface File {
  name: string;
  type: string;
  base64: string;
}

export function download({ name, type, base64 }: File): void {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
