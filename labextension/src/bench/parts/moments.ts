// Moments as the kernel tells them, on her own clock.

/** A moment in her time zone, to the second; without a zone it is UTC. */
export function moment(at: string): string {
  const own = new Date(/Z|[+-]\d\d:\d\d$/.test(at) ? at : `${at}Z`);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${own.getFullYear()}-${two(own.getMonth() + 1)}-${two(own.getDate())} ${two(own.getHours())}:${two(own.getMinutes())}:${two(own.getSeconds())}`;
}
