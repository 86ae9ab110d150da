import { htmlEscape } from 'escape-goat';

/** How the operator's mails look. */
export interface MailLook {
  readonly productName: string;
  readonly logoUrl: string | null;
  /** `#rrggbb`. */
  readonly color: string;
}

/** What a mail says, in the words of its reader. All of it is plain text. */
export interface MailContent {
  /** The language it is written in. */
  readonly language: string;
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly action: { readonly label: string; readonly link: string } | null;
  readonly code: { readonly sentence: string; readonly code: string } | null;
  readonly footnote: string | null;
}

/** The mail as text: link and code each on a line of their own. */
export function textOf(
  { paragraphs, action, code, footnote }: MailContent,
  { productName }: MailLook,
): string {
  const blocks = [
    ...paragraphs,
    ...(action ? [`${action.label}\n${action.link}`] : []),
    ...(code ? [code.sentence, code.code] : []),
    ...(footnote === null ? [] : [footnote]),
    // A signature (RFC 3676 §4.3).
    `-- \n${productName}`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

/**
 * The same as HTML that every mail program can show: no table, no style sheet, no script, and no colour but the
 * button's, so that a dark background suits it.
 */
export function htmlOf(content: MailContent, look: MailLook): string {
  const { language, subject, paragraphs, action, code, footnote } = content;
  const blocks = [
    header(look),
    ...paragraphs.map((text) => paragraph(text)),
    ...(action ? [button(action, look)] : []),
    ...(code ? [paragraph(code.sentence), codeLine(code.code)] : []),
    ...(footnote === null ? [] : [htmlEscape`<p dir="auto" style="${styles.footnote}">${footnote}</p>`]),
  ];
  // Some programs keep nothing of html, head and body: what matters is said again on the inside.
  return `<!doctype html>
${htmlEscape`<html lang="${language}" dir="auto">`}
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
${htmlEscape`<title>${subject}</title>`}
</head>
<body style="margin:0;padding:0">
${htmlEscape`<div lang="${language}" dir="auto" style="${styles.page}">`}
${blocks.join('\n')}
</div>
</body>
</html>
`;
}

const styles = {
  page: 'max-width:34em;margin:0 auto;padding:24px 20px;font:16px/1.5 system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif',
  product: 'margin:0 0 24px;font-size:20px;font-weight:600',
  logo: 'height:40px;max-width:100%;border:0',
  paragraph: 'margin:0 0 16px',
  button: 'display:inline-block;padding:12px 24px;border-radius:6px;font-weight:600;text-decoration:none',
  code: 'margin:0 0 16px;font:700 28px/1.5 ui-monospace,Menlo,Consolas,monospace;letter-spacing:4px',
  footnote: 'margin:24px 0 0;font-size:14px;opacity:.75',
};

function header({ logoUrl, productName }: MailLook): string {
  if (logoUrl === null) return htmlEscape`<p dir="auto" style="${styles.product}">${productName}</p>`;
  // Without pictures the name stands in its place.
  const image = htmlEscape`<img src="${logoUrl}" alt="${productName}" height="40" style="${styles.logo}">`;
  return `<p style="${styles.product}">${image}</p>`;
}

function paragraph(text: string): string {
  return htmlEscape`<p dir="auto" style="${styles.paragraph}">${text}</p>`;
}

function button({ label, link }: { label: string; link: string }, { color }: MailLook): string {
  const style = `${styles.button};background-color:${color};color:${readableOn(color)}`;
  return `<p style="margin:24px 0">${htmlEscape`<a href="${link}" style="${style}">${label}</a>`}</p>`;
}

function codeLine(code: string): string {
  return htmlEscape`<p dir="ltr" style="${styles.code}">${code}</p>`;
}

/** Black or white, whichever stands out more (WCAG 2.2, relative luminance and contrast ratio). */
export function readableOn(color: string): '#000000' | '#ffffff' {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (luminance + 0.05) ** 2 > 0.05 * 1.05 ? '#000000' : '#ffffff';
}
