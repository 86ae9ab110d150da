/** The summary as a person reads it. */
export function printSummary({ cells, experiments, goals }, write) {
  write(cellTable(cells));
  for (const [name, figures] of Object.entries(experiments)) write(`${name}: ${figuresOf(figures)}\n`);
  write(goalTable(goals));
  for (const { name, bad, firstBad } of failuresOf(cells, experiments)) {
    write(`${name}: ${bad} unexpected answers, the first: ${firstBad}\n`);
  }
}

/** Cells and experiments with answers that nobody expected. */
export function failuresOf(cells, experiments) {
  const named = Object.entries(experiments).map(([name, figures]) => ({ name, ...figures }));
  return [...cells, ...named].filter(({ bad }) => bad > 0);
}

function cellTable(cells) {
  const head = [
    'scenario',
    'rps median (min-max)',
    'x base',
    'base',
    'CPU us',
    'CPU x',
    'p50 ms',
    'p99 ms',
    'bad',
  ];
  const rows = cells.map(({ title, rps, ratio, base, cpuMicros, cpuRatio, p50, p99, bad }) => [
    title,
    `${whole(rps.median)} (${whole(rps.min)}-${whole(rps.max)})`,
    fixed(ratio),
    base ?? '',
    fixed(cpuMicros, 1),
    fixed(cpuRatio),
    fixed(p50),
    fixed(p99),
    String(bad),
  ]);
  return table(head, rows);
}

function goalTable(goals) {
  const rows = goals.map((goal) => [goal.id, subjectOf(goal), valueOf(goal), limitOf(goal), verdictOf(goal)]);
  return table(['goal', 'what', 'measured', 'wanted', 'verdict'], rows);
}

function subjectOf({ scenario, base, of, experiment, figure }) {
  return experiment === undefined ? `${scenario}: ${of} against ${base}` : `${experiment}: ${figure}`;
}

function valueOf({ value, unit = 'x' }) {
  return `${fixed(value)} ${unit}`;
}

function limitOf({ atLeast, atMost }) {
  return atLeast === undefined ? `<= ${atMost}` : `>= ${fixed(atLeast)}`;
}

function verdictOf({ reached, share }) {
  return reached ? 'reached' : `${Math.round(share * 100)} % of goal`;
}

function figuresOf(figures) {
  return Object.entries(figures)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => `${name} ${fixed(value)}`)
    .join(', ');
}

/** A Markdown table, so that it can be pasted as it is. */
function table(head, rows) {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |\n`;
  return `\n${line(head)}|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|\n${rows.map(line).join('')}\n`;
}

function whole(value) {
  return value === null ? '' : value.toFixed(value < 100 ? 1 : 0);
}

function fixed(value, digits = 2) {
  return value === null || value === undefined ? '' : value.toFixed(digits);
}
