/**
 * `document` with `text` between the comments `<!-- generated: name -->` and `<!-- end: name -->`. Throws when
 * the document has no such place, so that a generated part cannot silently disappear.
 */
export function withSection(document: string, name: string, text: string): string {
  const begin = `<!-- generated: ${name} -->`;
  const end = `<!-- end: ${name} -->`;
  const [start, stop] = [document.indexOf(begin), document.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`The document lacks "${begin}" … "${end}".`);
  return `${document.slice(0, start + begin.length)}\n\n${text.trim()}\n\n${document.slice(stop)}`;
}
