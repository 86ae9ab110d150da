/** 45 -> "in 45 seconds", 61 -> "in 2 minutes", 7300 -> "in 3 hours"; rounded up, so that it is never too early. */
export function waitingTimeInWords(seconds: number): string {
  if (seconds <= 60) return inWords(Math.max(1, Math.ceil(seconds)), 'second');
  if (seconds <= 3600) return inWords(Math.ceil(seconds / 60), 'minute');
  return inWords(Math.ceil(seconds / 3600), 'hour');
}

function inWords(count: number, unit: string): string {
  return `in ${count} ${unit}${count === 1 ? '' : 's'}`;
}
