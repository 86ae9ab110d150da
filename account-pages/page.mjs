// The pages that links in mails open. The token stands in the fragment, which no browser sends to a server; it leaves
// the address bar at once, and only a click sends it off. Programs that follow or even render links in mails use
// nothing up.

const operations = {
  'verify-email': 'mutation ($token: String!) { verifyEmail(input: { token: $token }) { __typename } }',
  'confirm-email':
    'mutation ($token: String!) { confirmEmailChange(input: { token: $token }) { __typename } }',
  'undo-email-change':
    'mutation ($token: String!) { undoEmailChange(input: { token: $token }) { __typename } }',
  'reset-password': `mutation ($token: String!, $newPassword: String!) {
    resetPassword(input: { token: $token, newPassword: $newPassword }) { __typename } }`,
  activate: `mutation ($token: String!, $newPassword: String!) {
    activateAccount(input: { token: $token, newPassword: $newPassword }) { __typename } }`,
  login: `mutation ($token: String!) {
    loginWithLink(input: { token: $token, transport: COOKIE }) {
      __typename ... on SecondFactorRequired { attemptToken factors { kind } } } }`,
};
const SECOND_STEP = `mutation ($attemptToken: String!, $kind: FactorKind!, $code: String!) {
  verifySecondFactor(input: { attemptToken: $attemptToken, kind: $kind, code: $code, transport: COOKIE }) {
    __typename } }`;
const STRENGTH = `query ($password: String!) {
  passwordStrength(input: { password: $password }) { score reasons { code message } } }`;
/** What ends the task: how the words call it. Everything else can be tried again. */
const endings = {
  CHALLENGE_EXPIRED: 'expired',
  CHALLENGE_INVALID: 'invalid',
  EMAIL_TAKEN: 'taken',
  LOGIN_LINK_ELSEWHERE: 'elsewhere',
  LOGIN_LINK_DISABLED: 'disabled',
  INVALID_CREDENTIALS: 'invalid',
  ATTEMPT_INVALID: 'over',
};
/** What a sign-in comes to, other than a session: how the words call it. */
const steps = {
  SecondFactorRequired: 'app',
  SecondFactorEnrolmentRequired: 'enrol',
  EmailVerificationRequired: 'verify',
};
const TIMEOUT_MS = 20_000;

const part = (id) => document.getElementById(id);
const allWords = JSON.parse(part('words').textContent);
const language = navigator.languages
  .map((tag) => tag.split('-')[0].toLowerCase())
  .find((tag) => tag in allWords);
const words = allWords[language ?? 'en'];
const product = part('product').textContent;
const task = location.pathname.split('/').at(-1);
const taskWords = words.tasks[task];
const needsPassword = operations[task].includes('newPassword');

let token = null;
/** The sign-in that waits for a code, once its link is used up. */
let attempt = null;
let isWorking = false;

document.documentElement.lang = language ?? 'en';
part('form').addEventListener('submit', (event) => {
  event.preventDefault();
  if (!isWorking) void submit();
});
part('reveal-box').addEventListener('change', ({ target }) => {
  part('password').type = target.checked ? 'text' : 'password';
});
part('password').addEventListener('input', afterPause(300, advise));
// Another link of the same kind, opened in this very tab, changes the fragment and loads nothing.
window.addEventListener('hashchange', start);
start();

function start() {
  const found = new URLSearchParams(location.hash.slice(1)).get('token');
  if (location.hash !== '') history.replaceState(null, '', location.pathname);
  if (found === null && token !== null) return;
  token = found;
  attempt = null;
  if (!token) end(words.missing);
  else ask();
}

function ask() {
  show(taskWords);
  part('action').textContent = taskWords.action;
  part('password-label').textContent = words.password;
  part('reveal-label').textContent = words.reveal;
  part('password-field').hidden = !needsPassword;
  part('code-field').hidden = true;
  part('form').hidden = false;
}

async function submit() {
  const newPassword = part('password').value;
  work(true);
  const variables = needsPassword ? { token, newPassword } : { token };
  const { data, refusal } = attempt
    ? await send(SECOND_STEP, answered())
    : await send(operations[task], variables);
  work(false);
  if (refusal === undefined) goOn(data.loginWithLink ?? data.verifySecondFactor ?? {});
  else if (endings[refusal.code] in taskWords) end(taskWords[endings[refusal.code]]);
  else if (refusal.code === 'PASSWORD_REFUSED')
    complain(reasonsOf(refusal.details.reasons), part('password'));
  else if (refusal.code === 'FACTOR_REFUSED') complain(taskWords.code.wrong, part('code'));
  else complain(excuseFor(refusal), part(attempt ? 'code' : 'action'));
}

/** Only signing in has more than one step. */
function goOn({ __typename: step, attemptToken, factors = [] }) {
  const takesCode = factors.some(({ kind }) => kind === 'TOTP' || kind === 'RECOVERY_CODE');
  if (takesCode) askForCode(attemptToken);
  else end(taskWords[steps[step] ?? 'done']);
}

function askForCode(attemptToken) {
  attempt = attemptToken;
  show(taskWords.code);
  part('code-label').textContent = taskWords.code.label;
  part('action').textContent = taskWords.action;
  part('code-field').hidden = false;
  part('code').focus();
}

/** An authenticator app shows six digits; recovery codes are longer. */
function answered() {
  const code = part('code').value.replaceAll(/\s/g, '');
  return { attemptToken: attempt, kind: /^\d{6}$/.test(code) ? 'TOTP' : 'RECOVERY_CODE', code };
}

/**
 * The answer, or why there is none. Cookies stay out of it, as who has the token needs no session, but for signing in:
 * one of them says that this is the browser that asked, and the session goes into others.
 */
async function send(query, variables) {
  try {
    const response = await fetch('../graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      credentials: task === 'login' ? 'same-origin' : 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { data, errors, code } = await response.json();
    // What is refused before GraphQL is told in the terms of RFC 9457.
    return { data, refusal: errors?.[0].extensions ?? (data ? undefined : { code }) };
  } catch {
    return { refusal: { code: 'OFFLINE' } };
  }
}

async function advise() {
  const password = part('password').value;
  const { data } = password === '' ? {} : await send(STRENGTH, { password });
  // A later letter may have been faster.
  if (password !== part('password').value) return;
  const strength = data?.passwordStrength;
  part('strength').value = strength ? Math.max(strength.score, 0.2) : 0;
  part('advice').textContent = strength
    ? [words.strengths[strength.score], reasonsOf(strength.reasons)].join('. ').trim()
    : '';
}

function reasonsOf(reasons) {
  return reasons
    .map(({ code, message }) =>
      (words.reasons[code] ?? message).replace('{number}', /\d+/.exec(message)?.[0] ?? ''),
    )
    .join('\n');
}

function excuseFor({ code, retryAfter }) {
  if (code === 'OFFLINE') return words.offline;
  return retryAfter ? words.wait.replace('{seconds}', retryAfter) : words.trouble;
}

function work(starts) {
  isWorking = starts;
  part('action').setAttribute('aria-disabled', String(starts));
  for (const field of ['password', 'code']) part(field).removeAttribute('aria-invalid');
  part('status').className = '';
  part('status').textContent = starts ? words.working : '';
}

function complain(sentence, where) {
  part('status').className = 'fault';
  part('status').textContent = sentence;
  if (where !== part('action')) where.setAttribute('aria-invalid', 'true');
  where.focus();
}

function end(message) {
  token = null;
  attempt = null;
  part('password').value = '';
  part('code').value = '';
  part('form').hidden = true;
  show(message);
  part('title').focus();
}

function show({ title, text }) {
  part('title').textContent = withProduct(title);
  part('text').textContent = withProduct(text);
  part('status').textContent = '';
  document.title = `${withProduct(title)} · ${product}`;
}

function withProduct(text) {
  return text.replaceAll('{product}', () => product);
}

function afterPause(ms, act) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => act(), ms);
  };
}
