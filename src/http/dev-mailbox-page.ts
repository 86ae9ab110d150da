import { htmlEscape } from 'escape-goat';

/** A mail as the pages of the development mailbox show it. */
export interface ShownMail {
  readonly subject: string;
  /** What stands below the subject. */
  readonly about: string;
  readonly text: string;
  /** Where its HTML is, or null when it has none. */
  readonly html: string | null;
}

/** The page with the mail that was kept, the newest first. */
export function mailboxPage(mails: readonly ShownMail[]): string {
  const items = mails.toReversed().map(article).join('\n');
  return page(
    'Mailbox',
    `<p>Mail of this development server: kept in memory, sent to nobody.
<a href="/dev/mailbox/preview">All kinds of mail, in every language</a></p>
${items === '' ? '<p>No mail yet.</p>' : items}`,
  );
}

/** The page with every kind of mail in every language, filled with sample values. */
export function previewPage(
  kinds: readonly { readonly name: string; readonly mails: readonly ShownMail[] }[],
): string {
  const sections = kinds.map(
    ({ name, mails }) =>
      htmlEscape`<h2 id="${name}"><code>${name}</code></h2>\n` + mails.map(article).join('\n'),
  );
  return page(
    'Mail previews',
    `<p>Every kind of mail in every language, with values as they could be. Nothing here was sent.
<a href="/dev/mailbox">Mailbox</a></p>
${sections.length === 0 ? '<p>No feature sends mail.</p>' : sections.join('\n')}`,
  );
}

/** The HTML of a mail made to be looked at: its links open beside the page instead of in the frame. */
export function stageOf(html: string): string {
  return html.replace('<head>', '<head>\n<base target="_blank">');
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/dev/mailbox/style.css">
<h1>${title}</h1>
${content}
</html>
`;
}

function article({ subject, about, text, html }: ShownMail): string {
  const frame =
    html === null
      ? ''
      : htmlEscape`<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" loading="lazy" title="${subject}" src="${html}"></iframe>\n`;
  return `<article>
${htmlEscape`<h3>${subject}</h3>\n<p>${about}</p>`}
${frame}<details${html === null ? ' open' : ''}><summary>Text</summary><pre>${linked(text)}</pre></details>
</article>`;
}

function linked(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((part, index) =>
      index % 2 === 1 ? htmlEscape`<a href="${part}" rel="noreferrer">${part}</a>` : htmlEscape(part),
    )
    .join('');
}

export const mailboxStyle = `
:root { color-scheme: light dark; }
body { font-family: system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
article { border: 1px solid #8888; border-radius: .5rem; margin: 1rem 0; padding: 0 1rem 1rem; }
h2 { font-size: 1.2rem; margin-top: 3rem; }
h3 { font-size: 1.05rem; }
iframe { width: 100%; height: 30rem; border: 1px solid #8884; border-radius: .25rem; background: #fff; color-scheme: light; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
`;
