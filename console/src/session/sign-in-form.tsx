import { type ReactNode, useActionState } from 'react';
import { ProblemNote } from '../problem-note';
import type { Session } from './session';

/** E-mail and password; whatever else an account asks for is named, and belongs to a full sign-in page. */
export function SignInForm({ session }: { session: Session }): ReactNode {
  const [attempt, submit, isPending] = useActionState(
    (_previous: Attempt, form: FormData) => signIn(session, form),
    { email: '' },
  );

  return (
    <>
      <form className="sign-in" action={submit}>
        <label>
          E-mail
          <input name="email" type="email" autoComplete="username" defaultValue={attempt.email} required />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit" disabled={isPending}>
          Sign in
        </button>
      </form>
      {attempt.problem && <ProblemNote problem={attempt.problem} />}
    </>
  );
}

/** What is left of the last attempt: React empties the form after it, which suits the password only. */
interface Attempt {
  email: string;
  problem?: Error;
}

async function signIn(session: Session, form: FormData): Promise<Attempt> {
  const email = textOf(form, 'email');
  try {
    const outcome = await session.signIn({ email, password: textOf(form, 'password') });
    if (outcome.kind === 'signed-in') return { email };
    return { email, problem: new Error(`This account needs another step: ${outcome.typename}`) };
  } catch (problem) {
    return { email, problem: problem instanceof Error ? problem : new Error(String(problem)) };
  }
}

function textOf(form: FormData, field: string): string {
  const value = form.get(field);
  return typeof value === 'string' ? value : '';
}
