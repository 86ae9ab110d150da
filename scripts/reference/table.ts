/** A Markdown table; cells may hold any text of one line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
